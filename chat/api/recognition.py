"""What technicians do to recognise a returning customer."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.models import Technician
from chat.api import shapes
from chat.api.customer import body_of
from chat.api.permissions import IsTechnician
from chat.log.store import call_on_loop
from chat.services import linking, recognition
from chat.services.linking import Answer
from chat.services.notices import tell_contexts
from customers.audit import Actor, network_of


class RecognitionView(APIView):
    """What all of them share: only technicians, and panels that follow what was decided."""

    permission_classes = (IsTechnician,)

    @staticmethod
    def me(request: Request) -> Actor:
        """The technician who asks, as the audit log knows them."""
        assert isinstance(request.user, Technician)  # the permission has seen to it
        place = network_of(str(request.META.get("REMOTE_ADDR") or ""))
        return Actor("technician", request.user.pk, request.user.shown_name, place)

    @staticmethod
    def tell(answer: Answer, status: int) -> Response:
        """The answer, after telling the technicians whose panels have changed."""
        changed = answer.changed
        if changed:
            call_on_loop(lambda: tell_contexts(changed))
        return Response(None if status == 204 else answer.body, status=status)


class Vouch(RecognitionView):
    """`POST conversations/{id}/vouch`."""

    @extend_schema(
        request=shapes.VouchRequest, responses={201: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request, conversation: UUID) -> Response:
        """Open the customer's history to this conversation's browser: 201, or 202 while a second person must agree."""
        answer = recognition.vouch(conversation=conversation, given=body_of(request), by=self.me(request))
        return self.tell(answer, 201 if answer.done else 202)


class Agree(RecognitionView):
    """`POST vouches/{id}/agree`."""

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT, 403: shapes.Refusal})
    def post(self, request: Request, vouch: UUID) -> Response:
        """The second person agrees."""
        return self.tell(recognition.agree(vouch=vouch, by=self.me(request)), 201)


class Refuse(RecognitionView):
    """`POST vouches/{id}/refuse`."""

    @extend_schema(request=shapes.Reason, responses={204: None, 404: shapes.Refusal})
    def post(self, request: Request, vouch: UUID) -> Response:
        """The second person does not agree."""
        return self.tell(recognition.refuse(vouch=vouch, given=body_of(request), by=self.me(request)), 204)


class NotSame(RecognitionView):
    """`POST conversations/{id}/not-same`."""

    @extend_schema(request=shapes.CustomerWithReason, responses={204: None, 404: shapes.Refusal})
    def post(self, request: Request, conversation: UUID) -> Response:
        """This suggestion is somebody else, and is not made again."""
        answer = recognition.not_same(conversation=conversation, given=body_of(request), by=self.me(request))
        return self.tell(answer, 204)


class Disclosures(RecognitionView):
    """`POST conversations/{id}/disclosures`."""

    @extend_schema(request=shapes.CustomerWithReason, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, conversation: UUID) -> Response:
        """The conversations of somebody who is only suggested; the reason is written down."""
        given = body_of(request)
        return self.tell(linking.disclose(conversation=conversation, given=given, by=self.me(request)), 200)


class Links(RecognitionView):
    """`POST links`."""

    @extend_schema(request=shapes.LinkRequest, responses={201: OpenApiTypes.OBJECT, 409: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """Two customers are one person: `{id}`. For technicians only; it opens nothing to any browser."""
        return self.tell(linking.link(given=body_of(request), by=self.me(request)), 201)


class Link(RecognitionView):
    """`DELETE links/{id}`."""

    @extend_schema(request=shapes.Reason, responses={204: None, 404: shapes.Refusal})
    def delete(self, request: Request, link: UUID) -> Response:
        """Take a link back; grants that came from it end at once, on open sockets too."""
        answer = linking.unlink_as_asked(link=link, given=body_of(request), by=self.me(request))
        return self.tell(answer, 204)


class Preview(RecognitionView):
    """`GET links/preview?a=&b=`."""

    @extend_schema(
        parameters=[OpenApiParameter("a", str), OpenApiParameter("b", str)],
        responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal},
    )
    def get(self, request: Request) -> Response:
        """What linking these two customers would join; changes nothing."""
        return Response(linking.preview(request.query_params.get("a"), request.query_params.get("b")))
