"""Bodies: one JSON object, read as strictly as a frame."""

from __future__ import annotations

from typing import IO, Any

from rest_framework.parsers import BaseParser

from chat.errors import BadFrame, Invalid, TooLarge
from chat.wire import decode

MOST_BYTES = 128 * 1024


class StrictJSONParser(BaseParser):
    """JSON objects only. Raises Invalid or TooLarge, which become `{code, message, fields}`."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        """The object in the body."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge("A request has at most 128 KiB.")
        try:
            return decode(body.decode())
        except (BadFrame, UnicodeDecodeError):
            raise Invalid("Send one JSON object in UTF-8.") from None
