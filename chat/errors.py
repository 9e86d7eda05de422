"""What can be refused, and how a client is told. The texts are constant: no exception's words ever leave."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """A refusal with a code of the wire protocol, an HTTP status and a sentence.

    `retry` says whether the same thing may be tried again unchanged; `retry_after` in seconds.
    """

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400
    retry: ClassVar[bool] = False
    sentence: ClassVar[str] = "This cannot be done."

    def __init__(
        self,
        message: str = "",
        *,
        fields: dict[str, str] | None = None,
        current: dict[str, Any] | None = None,
        retry_after: float | None = None,
        reason: str = "",
    ) -> None:
        self.message = message or self.sentence
        self.fields = fields or {}
        self.current = current
        self.retry_after = retry_after
        self.reason = reason
        super().__init__(self.message)

    def answer(self) -> dict[str, Any]:
        """The parts of an error that sockets and HTTP share: `{code, message, fields?, reason?, current?}`."""
        out: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.fields:
            out["fields"] = self.fields
        if self.reason:
            out["reason"] = self.reason
        if self.current is not None:
            out["current"] = self.current
        return out


class BadFrame(Problem):
    """Not JSON, not an object, not text."""

    code = "bad_frame"
    sentence = "This could not be read. Send one JSON object in a text frame."


class UnknownType(Problem):
    """A frame type that this socket does not know."""

    code = "unknown_type"
    sentence = "There is no frame of this type."


class Invalid(Problem):
    """A field is missing or wrong; `fields` says which and why."""

    code = "invalid"
    sentence = "Some fields are missing or wrong."


class Unauthenticated(Problem):
    """No valid token or session."""

    code = "unauthenticated"
    status = 401
    sentence = "Open a new session, then try again."


class Forbidden(Problem):
    """Known, but not allowed to do this."""

    code = "forbidden"
    status = 403
    sentence = "This is not allowed."


class OriginNotAllowed(Forbidden):
    """The page that asks is not among the inbox's origins."""

    code = "origin_not_allowed"
    sentence = "This site may not show this inbox."


class IdentityRefused(Forbidden):
    """The host site's signature does not hold."""

    code = "identity_refused"
    sentence = "The identity could not be checked. The chat goes on without it."


class CodeRefused(Forbidden):
    """The digits from the mail are not right, or not right any more: always the same."""

    code = "code_refused"
    sentence = "This code does not work. Check the digits, or ask for a new code."


class KeyRefused(Forbidden):
    """The resume key is not right, or not right any more: always the same."""

    code = "key_refused"
    sentence = "This key does not work. Check that every letter is right; each key works once."


class LinkRefused(Forbidden):
    """A link from a mail that was used, is too old, or never was."""

    code = "link_refused"
    sentence = "This link does not work any more."


class NotFound(Problem):
    """Not there, or somebody else's: the same words for both."""

    code = "not_found"
    status = 404
    sentence = "This does not exist."


class InboxUnknown(NotFound):
    """No inbox has this key."""

    code = "inbox_unknown"
    sentence = "No inbox has this key."


class Conflict(Problem):
    """Somebody was first, or the same client_id came with other words; `current` says how it stands."""

    code = "conflict"
    status = 409
    sentence = "This has changed in the meantime."


class TooLarge(Problem):
    """A text or frame over its limit."""

    code = "too_large"
    status = 413
    sentence = "This is too long."


class FrameTooLarge(TooLarge):
    """A frame over the limit: not read at all."""

    sentence = "A frame has at most 64 KiB."


class RateLimited(Problem):
    """Too fast; keep it and try again after `retry_after` seconds."""

    code = "rate_limited"
    status = 429
    retry = True
    sentence = "That was a little fast. Please wait a moment."


class Unavailable(Problem):
    """Could not be stored just now; keep it and try again."""

    code = "unavailable"
    status = 503
    retry = True
    sentence = "This could not be stored just now. Please try again."
