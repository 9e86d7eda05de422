"""Every refusal over HTTP has the same body: `{code, message, fields}`."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

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


class _Method(Problem):
    code = "invalid"
    status = 405
    sentence = "This address does not do that."


class _MediaType(Problem):
    code = "invalid"
    status = 415
    sentence = "Send JSON (Content-Type: application/json)."


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error raised in a view; None lets Django answer 500 without a word of what it was."""
    problem = _problem(error)
    if problem is None:
        return None
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
