"""What the page behind the links in mails asks and does. No session: the token is what one needs, and it works once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import shapes
from chat.api.customer import ASKED, CustomerView, actor_of, body_of, plant
from chat.errors import RateLimited
from chat.limits import Buckets
from chat.services.links_in_mail import look_at_link, use_link

_looks = Buckets(settings.RAPPORT["SESSION_RATE"], settings.RAPPORT["SESSION_BURST"], name="looks")


class MailLinkRequest(serializers.Serializer):  # type: ignore[type-arg]
    """The token, as it stands behind the #."""

    token = serializers.CharField()


class LinkUseRequest(MailLinkRequest):
    """What to do with it, where the link asks something."""

    answer = serializers.ChoiceField(["yes", "no"], required=False)


class _LinkView(CustomerView):
    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """No faster than sessions may be opened."""
        super().initial(request, *args, **kwargs)
        if wait := _looks.take(str(request.META.get("REMOTE_ADDR"))):
            raise RateLimited(retry_after=wait)


class Link(_LinkView):
    """`POST link`."""

    @extend_schema(request=MailLinkRequest, responses={200: OpenApiTypes.OBJECT, 403: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """What the link is for; changes nothing. `403 link_refused`."""
        return Response(look_at_link(body_of(request).get("token"), asked_in=request.COOKIES.get(ASKED)))


class LinkUse(_LinkView):
    """`POST link/use`."""

    @extend_schema(request=LinkUseRequest, responses={200: OpenApiTypes.OBJECT, 403: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """Do it, once: `{purpose, done}`. `403 link_refused`."""
        given = body_of(request)
        used = use_link(
            given.get("token"),
            answer=given.get("answer"),
            asked_in=request.COOKIES.get(ASKED),
            actor=actor_of(request),
        )
        response = Response({"purpose": used.purpose, "done": used.done})
        if used.device_token is not None:
            plant(response, used.device_token)
        return response
