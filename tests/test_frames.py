"""Frames that are taken apart in a fast way are those that the library would have taken apart in the same way."""

from __future__ import annotations

import os
import struct

import pytest
from autobahn.websocket.xormasker import create_xor_masker  # type: ignore[attr-defined]
from hypothesis import given
from hypothesis import strategies as st

from chat.serving.frames import PONG, TEXT, first_frame, frame_of

KEY = st.binary(min_size=4, max_size=4)


def client_frame(first: int, payload: bytes, key: bytes, *, length: bytes | None = None) -> bytes:
    """A frame as a client sends it; the mask is put on by the library."""
    size = len(payload)
    if length is None and size < 126:
        length = bytes([0x80 | size])
    elif length is None:
        length = b"\xfe" + struct.pack("!H", size) if size < 65_536 else b"\xff" + struct.pack("!Q", size)
    masked = bytes(create_xor_masker(key, size).process(payload)) if payload else b""
    return bytes([first]) + length + key + masked


@given(st.text(max_size=400), KEY, st.binary(max_size=40))
def test_a_text_comes_out_as_it_went_in_and_what_follows_stays(text: str, key: bytes, rest: bytes) -> None:
    frame = client_frame(TEXT, text.encode(), key)
    assert first_frame(frame + rest) == (TEXT, text.encode(), len(frame))


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 127, 65_535])
def test_every_way_to_write_a_length(size: int) -> None:
    frame = client_frame(TEXT, b"x" * size, os.urandom(4))
    assert first_frame(frame) == (TEXT, b"x" * size, len(frame))


@given(st.binary(max_size=125), KEY)
def test_a_pong(payload: bytes, key: bytes) -> None:
    assert first_frame(client_frame(PONG, payload, key)) == (PONG, payload, 6 + len(payload))


@given(st.text(min_size=1, max_size=300), KEY, st.data())
def test_half_a_frame_is_none(text: str, key: bytes, data: st.DataObject) -> None:
    frame = client_frame(TEXT, text.encode(), key)
    assert first_frame(frame[: data.draw(st.integers(0, len(frame) - 1))]) is None


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x05hello12345",  # not masked
        client_frame(0x01, b"the first piece", b"abcd"),
        client_frame(0x80, b"the last piece", b"abcd"),
        client_frame(0x82, b"binary", b"abcd"),
        client_frame(0x88, b"\x03\xe8", b"abcd"),
        client_frame(0x89, b"ping", b"abcd"),
        client_frame(0xC1, b"compressed", b"abcd"),
        client_frame(TEXT, b"five!", b"abcd", length=b"\xfe\x00\x05"),
        client_frame(TEXT, b"five!", b"abcd", length=b"\xff" + struct.pack("!Q", 5)),
        client_frame(TEXT, b"x" * 65_536, b"abcd"),
        client_frame(PONG, b"x" * 126, b"abcd"),
    ],
)
def test_what_is_not_usual_is_left_to_the_library(frame: bytes) -> None:
    assert first_frame(frame) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_what_the_server_sends_has_the_length_in_as_few_bytes_as_it_needs(size: int) -> None:
    frame = frame_of("x" * size)
    head = 2 if size < 126 else 4 if size < 65_536 else 10
    assert len(frame) == head + size
    assert frame[0] == TEXT
    assert int.from_bytes(frame[2:head] or frame[1:2]) == size
