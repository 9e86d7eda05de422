"""What technicians do with the return card: send a fix once more, use it again, promise something."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.models import Technician
from chat.api import shapes
from chat.api.customer import body_of
from chat.api.permissions import IsTechnician
from chat.log.store import call_on_loop, store
from chat.payloads.events import message_answer
from chat.selectors.log import place_for_technician
from chat.services import recall
from chat.services.notices import tell_contexts
from chat.services.people import technician_author


class RecallView(APIView):
    """What all of them share: only technicians."""

    permission_classes = (IsTechnician,)

    @staticmethod
    def me(request: Request) -> Technician:
        """The technician who asks."""
        assert isinstance(request.user, Technician)  # the permission has seen to it
        return request.user

    def conversation(self, request: Request, conversation: UUID) -> UUID:
        """The conversation, if this technician may see it. Raises NotFound."""
        return place_for_technician(self.me(request).id, conversation).id

    @staticmethod
    def tell(conversation: UUID) -> None:
        """Technicians who look at this conversation see a new panel."""
        call_on_loop(lambda: tell_contexts([conversation]))


class ResendFix(RecallView):
    """`POST conversations/{id}/resend-fix`."""

    @extend_schema(
        request=shapes.ResendRequest, responses={201: shapes.Resent, 200: shapes.Resent, 404: shapes.Refusal}
    )
    def post(self, request: Request, conversation: UUID) -> Response:
        """Send the steps of an earlier outcome as a message: 201, or 200 when that was done already."""
        place = self.conversation(request, conversation)
        me = self.me(request)
        author = technician_author(me.id, me.shown_name)
        done = store(recall.resend_entry(conversation=place, technician=author, given=body_of(request)))
        assert done.event is not None
        if len(done.events) > 1:  # this first reply has claimed it
            self.tell(place)
        answer: dict[str, Any] = message_answer(done.event, duplicate=done.duplicate, for_customer=False)
        return Response({**answer, "text": done.event.text}, status=200 if done.duplicate else 201)


class FixedAgain(RecallView):
    """`POST conversations/{id}/fixed-again`."""

    @extend_schema(request=shapes.OutcomeNamed, responses={200: shapes.OutcomeDraft, 404: shapes.Refusal})
    def post(self, request: Request, conversation: UUID) -> Response:
        """The resolve form, filled in from an earlier outcome. Changes nothing."""
        place = self.conversation(request, conversation)
        return Response(recall.fixed_again(conversation=place, given=body_of(request)))


class Promises(RecallView):
    """`POST conversations/{id}/promises`."""

    @extend_schema(request=shapes.PromiseRequest, responses={201: shapes.PromiseShown, 404: shapes.Refusal})
    def post(self, request: Request, conversation: UUID) -> Response:
        """Remember what was promised; it stands in the return card until it is kept."""
        place = self.conversation(request, conversation)
        made = recall.make_promise(conversation=place, technician=self.me(request).id, given=body_of(request))
        self.tell(place)
        return Response(made, status=201)


class Kept(RecallView):
    """`POST promises/{id}/kept`."""

    @extend_schema(request=None, responses={204: None, 404: shapes.Refusal})
    def post(self, request: Request, promise: UUID) -> Response:
        """The promise is kept."""
        self.tell(recall.keep_promise(promise=promise))
        return Response(status=204)
