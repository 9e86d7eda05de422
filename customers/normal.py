"""Normal forms: what two spellings of the same address, number or name have in common."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from customers.text import one_line

NAME_LIMIT = 120
IDENTIFIER_LIMIT = 254


@dataclass(frozen=True, slots=True)
class Normal:
    """`value` is for matching, `shown` is as it was typed (trimmed, on one line)."""

    value: str
    shown: str


def email(text: object) -> Normal:
    """An e-mail address: lower case, domain in its ASCII form. No network is asked.

    Raises ValueError with a sentence for the person who typed it.
    """
    shown = one_line(text, IDENTIFIER_LIMIT + 1)
    try:
        found = validate_email(shown, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        raise ValueError("This does not look like an e-mail address.") from None
    value = f"{found.local_part}@{found.ascii_domain}".casefold()
    # Case folding can lengthen a text ("ß" becomes two letters); the column holds 254.
    if len(value) > IDENTIFIER_LIMIT:
        raise ValueError("This does not look like an e-mail address.")
    return Normal(value, shown)


def phone(text: object, region: str | None = None) -> Normal:
    """A phone number: +country and number where that can be told (by a +, or by `region`, such as "SE"), else digits.

    Raises ValueError with a sentence when there are fewer than 5 or more than 17 digits.
    """
    shown = one_line(text, 80)
    # Numbers are typed in Arabic, Devanagari and full-width digits too.
    western = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in shown)
    digits = re.sub(r"[^0-9]", "", western)
    if not 5 <= len(digits) <= 17 or re.search(r"[^\W\d_]{4,}", western):
        raise ValueError("This does not look like a phone number.")
    plain = re.sub(r"^\s*00", "+", western)
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return Normal(digits, shown)
    if not phonenumbers.is_possible_number(number):
        return Normal(digits, shown)
    number.extension = None
    return Normal(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), shown)


def serial(text: object) -> Normal:
    """A serial number: upper case, letters and digits only.

    Raises ValueError with a sentence when nothing, or more than a label holds, is left.
    """
    return _code(text, "This does not look like a serial number.")


def order(text: object) -> Normal:
    """An order number: upper case, letters and digits only.

    Raises ValueError with a sentence when nothing, or more than a letterhead holds, is left.
    """
    return _code(text, "This does not look like an order number.")


def name(text: object) -> Normal:
    """A person's name: trimmed, single spaces, at most 120 characters; `value` without regard to case.

    Raises ValueError with a sentence when it is empty or holds no letter.
    """
    shown = unicodedata.normalize("NFC", one_line(text, NAME_LIMIT))[:NAME_LIMIT]
    if not any(c.isalpha() for c in shown):
        raise ValueError("Please write a name.")
    return Normal(shown.casefold()[:NAME_LIMIT], shown)


def _code(text: object, sentence: str) -> Normal:
    shown = one_line(text, 80)
    value = "".join(c for c in unicodedata.normalize("NFKC", shown).upper() if c.isalnum())
    if not 2 <= len(value) <= 60:
        raise ValueError(sentence)
    return Normal(value, shown)


#: What a visitor may say of themselves, and its normal form.
CLAIMS: dict[str, Callable[[object], Normal]] = {
    "name": name,
    "email": email,
    "phone": phone,
    "order": order,
    "serial": serial,
}
