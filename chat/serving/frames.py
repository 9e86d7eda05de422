"""The usual websocket frames, fast: whole texts of up to 64 KiB, and pongs (RFC 6455, section 5.2).

Everything else, whatever is broken among it, is left to the library, which is exact and ten times as slow.
"""

from __future__ import annotations

import struct

#: First bytes: a whole text; a pong. Nothing is reserved, nothing is in pieces.
TEXT, PONG = 0x81, 0x8A
PING = b"\x89\x00"
MASKED = 0x80
TWO_BYTES, EIGHT_BYTES = 126, 127
MASK = 4  # bytes


def frame_of(text: str) -> bytes:
    """`text` as the frame that a server sends. One that goes to many is made once, as long as it is the same object."""
    global _made
    if text is _made[0]:
        return _made[1]
    payload = text.encode()
    size = len(payload)
    if size < TWO_BYTES:
        frame = b"\x81" + bytes((size,)) + payload
    elif size < 1 << 16:
        frame = b"\x81\x7e" + struct.pack("!H", size) + payload
    else:
        frame = b"\x81\x7f" + struct.pack("!Q", size) + payload
    _made = text, frame
    return frame


#: The text that was asked for last, and its frame.
_made = "", b"\x81\x00"


def first_frame(data: bytes) -> tuple[int, bytes, int] | None:
    """`(first byte, payload, length of the frame)` of the frame at the beginning of what a client has sent.

    None when it is not a whole text or pong, when not all of it is there, or when it breaks a rule.
    """
    if len(data) < 2 + MASK or data[0] not in {TEXT, PONG} or not data[1] & MASKED:
        return None
    size, start = data[1] ^ MASKED, 2
    if size == EIGHT_BYTES:
        return None
    if size == TWO_BYTES:
        if data[0] == PONG or len(data) < 8:
            return None
        size, start = (data[2] << 8) | data[3], 4
        if size < TWO_BYTES:
            return None  # a length has to be written in as few bytes as it needs
    begin, end = start + MASK, start + MASK + size
    if len(data) < end:
        return None
    mask = data[start:begin]
    payload = data[begin:end]
    if size and mask != b"\0\0\0\0":
        key = (mask * (size // MASK + 1))[:size]
        payload = (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
    return data[0], payload, end
