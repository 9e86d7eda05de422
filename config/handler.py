"""Django under ASGI, in one step: middleware and view run together, in a thread that is kept for the next request."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from chat.patience import PATIENCE, at_most
from config.static import Receive, Scope, Send

#: Threads that are kept while nothing is asked; more come and go with a rush.
IDLE = 16
#: Seconds that the database may take for a page of the administration, which may ask for much.
PATIENT = 30.0


class _Thread(ThreadPoolExecutor):
    """One thread that knows whether it is at work."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="request")
        self._last: Future[Any] | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As everywhere; remembers it."""
        self._last = super().submit(fn, *args, **kwargs)
        return self._last

    def busy(self) -> bool:
        """Whether the last thing it was given is not done."""
        return self._last is not None and not self._last.done()


class OneStep(ASGIHandler):
    """Runs a request as WSGI would, beside the event loop.

    Django's own handler starts a thread for each request and goes into it and back twice for every middleware, which
    is most of what a short request costs. Here that is one step, and the thread stays, with its connection to SQLite
    (docs/decisions/0012-requests-in-one-step.md).
    """

    def __init__(self) -> None:
        super().__init__()
        self._idle: list[_Thread] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request over HTTP."""
        thread = self._idle.pop() if self._idle else _Thread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().__call__(scope, receive, send)
        finally:
            # Whose client has gone may still be at work: nobody else should wait for it.
            if len(self._idle) < IDLE and not thread.busy():
                self._idle.append(thread)
            else:
                thread.submit(connections.close_all)
                thread.shutdown(wait=False)

    def load_middleware(self, is_async: bool = False) -> None:
        """The chain of plain functions, whatever is asked for."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The whole chain in the request's own thread."""
        return await sync_to_async(self._respond, thread_sensitive=True)(request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        with at_most(PATIENT if request.path.startswith("/admin/") else PATIENCE):
            return self.get_response(request)


def one_step_application() -> OneStep:
    """Django's application for HTTP, with all its apps loaded."""
    django.setup(set_prefix=False)
    return OneStep()
