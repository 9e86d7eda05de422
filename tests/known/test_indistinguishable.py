"""Whether an address is known shows in nothing that can be counted; `python -m tests.known.indistinguishable` measures."""

from __future__ import annotations

from collections import Counter

import pytest

from chat.models import Mail
from customers.models import MailCode, OneTimeLink
from tests.known.twins import addresses, ask
from tests.support.indoors import Guest

PAIRS = 60


@pytest.mark.django_db
def test_known_and_unknown_addresses_get_the_same_answer_by_the_same_work() -> None:
    asked = [ask(known, address, watched=True) for known, address in addresses(PAIRS)]
    for one in asked:
        assert (one.status, one.body) == (202, b"{}")
    assert len({one.headers for one in asked}) == 1
    assert len({one.cookie_length for one in asked}) == 1
    shapes = {known: Counter(one.queries for one in asked if one.known is known) for known in (True, False)}
    assert shapes[True].keys() == shapes[False].keys(), "the same statements, in the same order"
    assert len(shapes[True]) <= 2, "whoever comes first in a minute may find one more row"
    assert MailCode.objects.filter(live=True).count() == PAIRS, (
        "it could differ: the known ones were sent a code"
    )


@pytest.mark.django_db
def test_what_is_written_is_as_long_for_both() -> None:
    for known, address in addresses(6):
        ask(known, address)
    kept = Mail.objects.order_by("at")
    lengths = {bool(one.state == "void"): (len(one.text), len(one.subject)) for one in kept}
    assert lengths[True] == lengths[False]
    assert OneTimeLink.objects.count() == MailCode.objects.count() == kept.count() == 12


@pytest.mark.django_db
def test_asking_too_often_looks_the_same_too() -> None:
    """The limits count every address, known or not, and say nothing."""
    for known, address in addresses(2):
        first, second = ask(known, address, watched=True), ask(known, address, watched=True)
        assert (first.status, first.body, first.headers) == (second.status, second.body, second.headers)
        assert len(first.queries) == len(second.queries)
    assert MailCode.objects.filter(live=True).count() == 2, "one mail a minute"


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["000000", "", "12345", "abcdef", None, 7])
def test_a_wrong_code_is_refused_alike(wrong: object) -> None:
    """Whether it was asked for a known address, for an unknown one, or never."""
    answers = set()
    for _, address in [*addresses(1), (False, "")]:
        guest = Guest()
        if address:
            guest.post("recovery/mailbox", {"email": address})
        for _ in range(7):
            got = guest.post("recovery/code", {"code": wrong})
            answers.add((got.status_code, got.content))
    assert len(answers) == 1, answers
    assert next(iter(answers))[0] == 403
