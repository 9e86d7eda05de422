"""The customer's ways back to their history, and the browsers that may open it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api import shapes
from chat.api.customer import ASKED, ASKED_AGE, COOKIE_PATH, CustomerView, actor_of, body_of, plant, visit_in
from chat.log.store import call_on_loop
from chat.services import recovery
from chat.services.notices import tell_contexts
from customers.visits import token_of


class Mailbox(CustomerView):
    """`POST recovery/mailbox`."""

    @extend_schema(request=shapes.MailboxRequest, responses={202: OpenApiTypes.OBJECT, 400: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """Send a code to this address if it is on file; the answer is the same either way."""
        visit = visit_in(request)
        recovery.ask_mailbox(visit=visit, given=body_of(request), actor=actor_of(request))
        response = Response({}, status=202)
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            ASKED,
            token_of(visit),
            max_age=ASKED_AGE,
            path=COOKIE_PATH,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
        return response


class Code(CustomerView):
    """`POST recovery/code`."""

    @extend_schema(request=shapes.CodeRequest, responses={200: OpenApiTypes.OBJECT, 403: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """The six digits came back: the session as it is from now on. `403 code_refused`."""
        visit, given = visit_in(request), body_of(request)
        return _session(recovery.enter_code(visit=visit, given=given, actor=actor_of(request)))


class ResumeKey(CustomerView):
    """`POST recovery/resume-key`."""

    @extend_schema(request=shapes.KeyRequest, responses={200: OpenApiTypes.OBJECT, 403: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """A resume key: the session as it is from now on, with `new_resume_key`. `403 key_refused`."""
        visit, given = visit_in(request), body_of(request)
        return _session(recovery.use_resume_key(visit=visit, given=given, actor=actor_of(request)))


class NewResumeKey(CustomerView):
    """`POST conversations/{id}/resume-key`."""

    @extend_schema(request=None, responses={201: OpenApiTypes.OBJECT, 404: shapes.Refusal})
    def post(self, request: Request, conversation: UUID) -> Response:
        """A resume key to take along: `{resume_key}`, told this once."""
        body_of(request)  # nothing is asked, but nonsense is told
        key = recovery.hand_out_key(browser=self.browser(request), conversation=conversation)
        return Response({"resume_key": key}, status=201)


class ResumeKeys(CustomerView):
    """`DELETE resume-keys`."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End every unused resume key to this history: a printed one may have got into other hands."""
        recovery.forget_keys(browser=self.browser(request), actor=actor_of(request))
        return Response(status=204)


class Devices(CustomerView):
    """`GET devices`."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal})
    def get(self, request: Request) -> Response:
        """`{devices: […]}`: the browsers that may open this history, this one first."""
        return Response({"devices": recovery.list_devices(self.browser(request))})


class Device(CustomerView):
    """`DELETE devices/{id}`."""

    @extend_schema(responses={204: None, 404: shapes.Refusal})
    def delete(self, request: Request, device: UUID) -> Response:
        """That browser can open this history no more."""
        browser = self.browser(request)
        own = recovery.sign_out(browser=browser, device=device, actor=actor_of(request))
        response = Response(status=204)
        if own:
            plant(response, "", max_age=0)
        return response


def _session(found: recovery.Answer) -> Response:
    answer, held = found
    running = [UUID(one["id"]) for one in answer["conversations"] if one["status"] != "resolved"]
    call_on_loop(lambda: tell_contexts(running))  # whoever helps them sees who they are
    response = Response(answer)
    if held is not None:
        plant(response, held)
    return response
