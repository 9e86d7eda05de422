"""The customer's endpoints: what the socket does, for programs and for when sockets are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.api import shapes
from chat.api.permissions import HasVisit, VisitAuthentication
from chat.errors import Invalid, NotFound, RateLimited
from chat.limits import Buckets
from chat.log.store import call_on_loop, store
from chat.origins import own_origin
from chat.payloads.events import message_answer
from chat.selectors.lists import list_for_customer
from chat.selectors.log import USUAL_PAGE, page_after, place_for_customer
from chat.services.checks import LARGEST_SEQ, whole_in
from chat.services.conversations import message_entry, read_entry, start_entry
from chat.services.epoch import current_epoch
from chat.services.notices import tell_contexts
from chat.services.people import customer_author, say_about
from chat.services.sessions import Asker, open_session
from chat.services.starting import started_answer
from customers.audit import Actor, network_of
from customers.selectors import Browser, browser_of_visit
from customers.visits import Visit

COOKIE = "rapport_device"
#: Which browser asked for a code; the link in the mail works in that one only. It lives as long as the code.
ASKED = "rapport_asked"
ASKED_AGE = 15 * 60
COOKIE_PATH = "/api/widget/"
COOKIE_AGE = 400 * 24 * 3600  # the longest that browsers keep one

_visits = Buckets(settings.RAPPORT["SOCKET_RATE"], settings.RAPPORT["SOCKET_BURST"])
_sessions = Buckets(settings.RAPPORT["SESSION_RATE"], settings.RAPPORT["SESSION_BURST"], name="sessions")


class CustomerView(APIView):
    """What all of them share: a bearer token, and answers that nobody keeps."""

    authentication_classes: Sequence[Any] = (VisitAuthentication,)
    permission_classes: Sequence[Any] = (HasVisit,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the permissions: no faster than a socket may be."""
        super().initial(request, *args, **kwargs)
        if isinstance(request.auth, Visit) and (wait := _visits.take(request.auth.id.hex)):
            raise RateLimited(retry_after=wait)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Nothing here is for caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def browser(request: Request) -> Browser:
        """What this browser may see. Raises NotFound while it is a visitor's: nothing exists for them."""
        browser = browser_of_visit(visit_in(request), datetime.now(UTC))
        if browser is None:
            raise NotFound()
        return browser


class Session(CustomerView):
    """`POST session`: who is this browser, and a token to speak with. `DELETE session`: forget the browser."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(request=shapes.SessionRequest, responses={200: OpenApiTypes.OBJECT, 400: shapes.Refusal})
    def post(self, request: Request) -> Response:
        """Open a session. `403 origin_not_allowed`, `403 identity_refused`, `404 inbox_unknown`, `429`."""
        if wait := _sessions.take(str(request.META.get("REMOTE_ADDR"))):
            raise RateLimited(retry_after=wait)
        asker = Asker(
            origin=request.headers.get("Origin"),
            own_origin=own_origin(request.scheme or "http", request.META.get("HTTP_HOST", "")),
            user_agent=request.headers.get("User-Agent", ""),
            headers=dict(request.headers),
            device_cookie=request.COOKIES.get(COOKIE),
            address=str(request.META.get("REMOTE_ADDR") or ""),
        )
        given = body_of(request)
        answer, held = open_session(given, asker)
        response = Response(answer)
        if held is not None and given.get("shared") is not True:
            plant(response, held)
        return response

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget the device cookie of this browser, for the next person at it; nothing else changes."""
        response = Response(status=204)
        plant(response, "", max_age=0)
        response.delete_cookie(ASKED, path=COOKIE_PATH, samesite="Lax")
        return response


class About(CustomerView):
    """`POST about`: what somebody says of themselves; the answer is the same whatever is known."""

    @extend_schema(request=shapes.Claims, responses={204: None})
    def post(self, request: Request) -> Response:
        """Keep the claims."""
        told = say_about(visit=visit_in(request), given=body_of(request))
        call_on_loop(lambda: tell_contexts(told))
        return Response(status=204)


class Conversations(CustomerView):
    """The list, and how one begins."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """`{conversations: […], epoch}`, newest first; empty for a visitor."""
        # Read first: a list that is newer than its epoch only makes the client ask once more.
        epoch = current_epoch()
        browser = browser_of_visit(visit_in(request), datetime.now(UTC))
        listed = list_for_customer(browser.customers) if browser else []
        return Response({"conversations": listed, "epoch": epoch})

    @extend_schema(
        request=shapes.StartRequest, responses={201: OpenApiTypes.OBJECT, 200: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> Response:
        """Begin a conversation: 201, or 200 when this `client_id` has begun it before."""
        agent = request.headers.get("User-Agent", "")
        done = store(start_entry(visit=visit_in(request), given=body_of(request), user_agent=agent))
        answer = started_answer(done)
        response = Response(answer, status=200 if done.duplicate else 201)
        if done.device_token is not None:
            plant(response, done.device_token)
        return response


class Events(CustomerView):
    """`GET conversations/{id}/events?after=N&limit=200`."""

    @extend_schema(
        parameters=[OpenApiParameter("after", int), OpenApiParameter("limit", int)],
        responses={200: OpenApiTypes.OBJECT, 404: shapes.Refusal},
    )
    def get(self, request: Request, conversation: UUID) -> Response:
        """`{events, last_seq, more, reads}`, oldest first."""
        place = place_for_customer(self.browser(request).customers, conversation)
        after, limit = _number(request, "after", 0), _number(request, "limit", USUAL_PAGE)
        if limit < 1:
            raise Invalid(fields={"limit": "Give a whole number from 1 on."})
        return Response(page_after(place, after, limit, for_customer=True))


class Messages(CustomerView):
    """`POST conversations/{id}/messages`."""

    @extend_schema(
        request=shapes.MessageRequest, responses={201: OpenApiTypes.OBJECT, 200: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request, conversation: UUID) -> Response:
        """Store a message: 201, or 200 when this `client_id` was stored before."""
        browser = self.browser(request)
        place = place_for_customer(browser.customers, conversation)
        author = customer_author(browser, place.customer)
        done = store(message_entry(conversation=conversation, author=author, given=body_of(request)))
        assert done.event is not None
        answer = message_answer(done.event, duplicate=done.duplicate, for_customer=True)
        return Response(answer, status=200 if done.duplicate else 201)


class Read(CustomerView):
    """`POST conversations/{id}/read`."""

    @extend_schema(request=shapes.ReadRequest, responses={204: None})
    def post(self, request: Request, conversation: UUID) -> Response:
        """Remember how far the customer has read."""
        browser = self.browser(request)
        place = place_for_customer(browser.customers, conversation)
        reader = customer_author(browser, place.customer)
        store(
            read_entry(
                conversation=conversation, reader=reader, seq=whole_in(body_of(request), "seq", least=1)
            )
        )
        return Response(status=204)


def plant(response: Response, token: str, max_age: int = COOKIE_AGE) -> None:
    """Set the device token as a cookie that no script can read and no other host gets.

    Inside another site's page a browser keeps it only with SameSite=None, Secure and, by now, Partitioned; and
    forgets it (`max_age` 0) only with the same.
    """
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(
        COOKIE, token, max_age=max_age, path=COOKIE_PATH, secure=secure, httponly=True, samesite="Lax"
    )
    if secure:
        # The standard library's cookies do not know "Partitioned" before Python 3.14.
        response.cookies[COOKIE]["samesite"] = "None; Partitioned"


def _number(request: Request, name: str, default: int) -> int:
    raw = request.query_params.get(name)
    if raw is None:
        return default
    if not raw.isascii() or not raw.isdigit() or len(raw) > 10 or int(raw) > LARGEST_SEQ:
        raise Invalid(fields={name: "Give a whole number."})
    return int(raw)


def visit_in(request: Request) -> Visit:
    """The visit that the bearer token names."""
    assert isinstance(request.auth, Visit)  # the permission has seen to it
    return request.auth


def body_of(request: Request) -> dict[str, Any]:
    """The object in the body."""
    assert isinstance(request.data, dict)  # the parser gives nothing else
    return request.data


def actor_of(request: Request) -> Actor:
    """Whoever asks, as the audit log knows them before anything is proved."""
    return Actor("customer", place=network_of(str(request.META.get("REMOTE_ADDR") or "")))
