"""Normal forms: spellings of one thing meet, other things stay apart, rubbish gets a sentence."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers import normal


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (" Mara@OldMail.Example ", "mara@oldmail.example"),
        ("mara.l+print@oldmail.example", "mara.l+print@oldmail.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ],
)
def test_addresses(typed, value):
    found = normal.email(typed)
    assert found == normal.Normal(value, typed.strip())


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mara",
        "mara@",
        "@x.example",
        "a b@x.example",
        "a@b@c.example",
        None,
        5,
        "\ud800@x.example",
        "a" * 300 + "@x.example",
    ],
)
def test_what_is_no_address(typed):
    with pytest.raises(ValueError, match="does not look like an e-mail address"):
        normal.email(typed)


@pytest.mark.parametrize(
    ("typed", "region", "value"),
    [
        ("+46 70-123 45 67", None, "+46701234567"),
        ("0046 70 123 45 67", None, "+46701234567"),
        ("070-123 45 67", "SE", "+46701234567"),
        ("070-123 45 67", None, "0701234567"),
        ("+44 20 7946 0018 ext. 12", None, "+442079460018"),
        ("٠٧٠١٢٣٤٥٦٧", None, "0701234567"),
        ("555-0199", None, "5550199"),
    ],
)
def test_phone_numbers(typed, region, value):
    assert normal.phone(typed, region) == normal.Normal(value, typed)


@pytest.mark.parametrize("typed", ["", "1234", "call me at 070123456", "1" * 18, None, 46701234567])
def test_what_is_no_phone_number(typed):
    with pytest.raises(ValueError, match="does not look like a phone number"):
        normal.phone(typed)


def test_serial_and_order_numbers():
    assert normal.serial(" my2c-4tq ") == normal.Normal("MY2C4TQ", "my2c-4tq")
    assert normal.order("# 2031 / 77").value == "203177"
    for wrong in ("", "-", "x", "9" * 61, None):
        with pytest.raises(ValueError, match="serial number"):
            normal.serial(wrong)
        with pytest.raises(ValueError, match="order number"):
            normal.order(wrong)


def test_names():
    assert normal.name("  Mara \t  Lindqvist\n").shown == "Mara Lindqvist"
    assert normal.name("ليلى حداد").shown == "ليلى حداد"
    assert normal.name("MARA  lindqvist").value == normal.name("Mara Lindqvist").value
    assert len(normal.name("x" * 500).shown) == 120
    for wrong in ("", "   ", "\u202e\x00", "123", None):
        with pytest.raises(ValueError, match="Please write a name"):
            normal.name(wrong)


SENTENCES = {
    "Please write a name.",
    "This does not look like an e-mail address.",
    "This does not look like a phone number.",
    "This does not look like a serial number.",
    "This does not look like an order number.",
}


@example(kind="order", text="0 \x1b\r0")
@given(
    kind=st.sampled_from(sorted(normal.CLAIMS)),
    text=st.text(st.characters(), max_size=400) | st.none() | st.integers(),
)
def test_anything_typed_is_a_normal_form_or_a_sentence(kind, text):
    try:
        found = normal.CLAIMS[kind](text)
    except ValueError as error:
        if str(error) not in SENTENCES:
            raise
        return
    for part in (found.value, found.shown):
        part.encode()
        assert 0 < len(part) <= 254
        assert "\x00" not in part
    assert normal.CLAIMS[kind](found.shown) == found
