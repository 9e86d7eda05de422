"""What to ask somebody who says they have been here before, and what is on file. Never sent to customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.core.exceptions import ObjectDoesNotExist

from chat.models import Conversation, Outcome
from customers.environment import Surroundings
from customers.models import Identifier

#: Characters of a serial number that are asked for: enough to tell, too few to copy from a box in passing.
LAST = 4


def questions_about(
    outcome: Outcome | None,
    case: Conversation | None,
    identifiers: Iterable[Identifier],
    *,
    known: Mapping[str, str],
) -> list[dict[str, str]]:
    """`{ask, expect}` from recorded facts, what only they would know first.

    `known`: what was compared already; what they have said themselves today is not asked.
    """
    then = _surroundings(case)
    found = []
    if outcome and outcome.fix:
        found.append(("What solved it last time?", outcome.fix))
    if case:
        found.append(("Roughly when did you write to us?", f"{case.opened_at:%B %Y}"))
    product = then.extra.get("model") or then.extra.get("product") or (outcome.applies_to if outcome else "")
    if product and "same" not in (known.get("product"), known.get("model")):
        found.append(("Which product was it about?", product))
    if outcome and outcome.problem:
        found.append(("What was the trouble then?", outcome.problem))
    serials = [one.value for one in identifiers if one.kind == Identifier.Kind.SERIAL]
    if not serials and then.extra.get("serial"):
        serials = [then.extra["serial"]]
    if serials and known.get("serial") != "same":
        found.append((f"What are the last {LAST} characters of the serial number?", f"…{serials[0][-LAST:]}"))
    browser = " on ".join(part for part in (then.browser, then.os) if part)
    if browser:
        found.append(("Which browser and computer did you use then?", browser))
    helper = outcome.confirmed_by if outcome else case.technician if case else None
    if helper:
        found.append(("Do you remember who helped you?", helper.shown_name))
    return [{"ask": ask, "expect": expect} for ask, expect in found]


def _surroundings(case: Conversation | None) -> Surroundings:
    try:
        return Surroundings.from_columns(case.environment if case else None)
    except ObjectDoesNotExist:
        return Surroundings()
