"""Every refusal over HTTP has the same body: `{code, message, fields}`."""

from __future__ import annotations

import logging
import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.database import note_refusal
from chat.errors import (
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chat.metrics import figures

logger = logging.getLogger(__name__)


class _Broken(Problem):
    code = "unavailable"
    status = 500
    retry = True
    sentence = "Something went wrong here. Please try again."


class _Method(Problem):
    code = "invalid"
    status = 405
    sentence = "This address does not do that."


class _MediaType(Problem):
    code = "invalid"
    status = 415
    sentence = "Send JSON (Content-Type: application/json)."


class NotHere(APIView):
    """Any other address below /api/: the same body as for what does not exist."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Every method ends here. Raises NotFound."""
        raise NotFound()


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an error raised in a view; of our own mistakes it tells nothing but that there was one."""
    problem = _problem(error)
    if problem is None:
        logger.error("A request failed", exc_info=error)
        problem = _Broken()
    figures.ERRORS.labels("http", problem.code).inc()
    body: dict[str, Any] = {"fields": {}, **problem.answer(), "retry": problem.retry}
    response = Response(body, status=problem.status)
    if problem.retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    response["Cache-Control"] = "no-store"
    return response


def _problem(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case OperationalError() | InterfaceError():
            note_refusal(error)
            connection.close()
            return Unavailable(retry_after=1)
        case Http404():
            return NotFound()
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Unauthenticated()
        case PermissionDenied() | exceptions.PermissionDenied():
            return Forbidden()
        case exceptions.MethodNotAllowed():
            return _Method()
        case exceptions.UnsupportedMediaType():
            return _MediaType()
        case exceptions.Throttled():
            return RateLimited(retry_after=getattr(error, "wait", None) or 1)
        case exceptions.ParseError():
            return Invalid()
        case exceptions.APIException() if error.status_code == 413:
            return TooLarge()
    return None
