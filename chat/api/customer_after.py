"""The customer's endpoints for afterwards: the transcript, and whether the fix has held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import shapes
from chat.api.customer import CustomerView, actor_of, body_of
from chat.selectors.lists import list_for_customer
from chat.selectors.log import place_for_customer
from chat.services.holding import answer_held, held_in
from chat.services.people import customer_author
from chat.services.transcripts import address_in, mail_transcript, printable

#: The page is text and one style sheet. The widget opens it from memory, where headers are lost: it says so itself.
PRINTED = "default-src 'none'; style-src {origin}; base-uri 'none'; form-action 'none'"


class TranscriptRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Where the transcript goes; without an address it is the answer."""

    email = serializers.CharField(required=False, allow_null=True)


class HeldRequest(serializers.Serializer):  # type: ignore[type-arg]
    """Whether the fix has held."""

    held = serializers.BooleanField()


class Transcript(CustomerView):
    """`POST conversations/{id}/transcript`."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whatever is asked for: the answer without an address is a page, and no renderer makes it."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        request=TranscriptRequest,
        responses={202: OpenApiTypes.OBJECT, (200, "text/html"): OpenApiTypes.STR, 404: shapes.Refusal},
    )
    def post(self, request: Request, conversation: UUID) -> HttpResponse | Response:
        """With `email` always the same 202; without, a page to print."""
        browser = self.browser(request)
        place = place_for_customer(browser.customers, conversation)
        address = address_in(body_of(request))
        if address is None:
            return _page(place.id)
        mail_transcript(browser=browser, conversation=place.id, address=address, actor=actor_of(request))
        return Response({}, status=202)


class Outcome(CustomerView):
    """`POST conversations/{id}/outcome`."""

    @extend_schema(request=HeldRequest, responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal})
    def post(self, request: Request, conversation: UUID) -> Response:
        """Keep the answer; "no" opens the conversation again. `{conversation}` as in the list."""
        browser = self.browser(request)
        place = place_for_customer(browser.customers, conversation)
        held = held_in(body_of(request))
        answer_held(conversation=place.id, by=customer_author(browser, place.customer), held=held)
        return Response({"conversation": list_for_customer(browser.customers, only=place.id)[0]})


def _page(conversation: UUID) -> HttpResponse:
    policy = PRINTED.format(origin=settings.PUBLIC_URL)
    page = render_to_string(
        "pages/transcript.html",
        {"transcript": printable(conversation), "origin": settings.PUBLIC_URL, "policy": policy},
    )
    response = HttpResponse(page)
    response["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    response["Referrer-Policy"] = "no-referrer"
    return response
