"""What the console asks over HTTP."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.models import Technician
from chat.api import shapes
from chat.api.permissions import IsTechnician
from chat.recall.card import context_of
from chat.recall.drafts import outcome_draft
from chat.selectors.lists import rows_by_id
from chat.selectors.log import place_for_technician


class Conversation(APIView):
    """`GET conversations/{id}`."""

    permission_classes = (IsTechnician,)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal})
    def get(self, request: Request, conversation: UUID) -> Response:
        """The conversation's console row, also when it stands in none of the lists."""
        place = place_for_technician(_me(request), conversation)
        return Response(rows_by_id([place.id], _me(request))[0])


class ReturnCard(APIView):
    """`GET conversations/{id}/return-card`."""

    permission_classes = (IsTechnician,)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal})
    def get(self, request: Request, conversation: UUID) -> Response:
        """Who this is, what fixed it last time, what has changed since."""
        place = place_for_technician(_me(request), conversation)
        return Response(context_of(place.id)["return_card"])


class Draft(APIView):
    """`GET conversations/{id}/outcome-draft`."""

    permission_classes = (IsTechnician,)

    @extend_schema(responses={200: shapes.OutcomeDraft, 404: shapes.Refusal})
    def get(self, request: Request, conversation: UUID) -> Response:
        """The four outcome fields, prefilled from what was said."""
        place = place_for_technician(_me(request), conversation)
        return Response(outcome_draft(place.id))


def _me(request: Request) -> UUID:
    assert isinstance(request.user, Technician)  # the permission has seen to it
    return request.user.id
