"""Why somebody is suggested, in a technician's words: what agrees, the most telling first."""

from __future__ import annotations

from customers.recognition.common import Commonness
from customers.recognition.comparing import Agreement

#: Reasons shown, and how many bits make one worth showing.
MOST, LEAST_BITS = 5, 0.7
#: A word is rare when at most one in so many has it, and common when one in so many does.
RARE, COMMON = 2000, 100

_WORDS: dict[tuple[str, str], str] = {
    ("given", "same"): "same first name{rare}: {value}",
    ("given", "nickname"): "first name may be short for {value}",
    ("given", "initial"): "first name begins with the same letter: {value}",
    ("family", "same"): "same family name{rare}: {value}",
    ("place", "same"): "same place{rare}: {value}",
    ("place", "slip"): "almost the same place: {value}",
    ("phone", "same"): "same phone number",
    ("phone", "slip"): "phone number differs in one digit",
    ("phone", "close"): "phone number differs in two digits",
    ("phone", "alike"): "phone numbers are alike",
    ("phone", "end"): "phone number ends the same",
    ("email", "same"): "same e-mail address: {value}",
    ("email", "slip"): "e-mail address differs in one letter",
    ("email", "local"): "same name in the e-mail address, other provider",
    ("email", "alike"): "e-mail addresses are alike",
    ("email", "domain"): "e-mail address at the same provider",
    ("serial", "same"): "same serial number",
    ("serial", "slip"): "serial number differs in one character",
    ("serial", "end"): "serial number ends the same",
    ("order", "same"): "same order number",
    ("order", "slip"): "order number differs in one character",
    ("order", "end"): "order number ends the same",
    ("product", "same"): "same product: {value}",
    ("product", "part"): "nearly the same product: {value}",
    ("model", "same"): "same model: {value}",
    ("model", "part"): "nearly the same model: {value}",
    ("problem", "same"): "asked about the same before: {value}",
    ("problem", "alike"): "asked about something alike: {value}",
    ("problem", "faint"): "asked about something alike: {value}",
    ("browser", "same"): "same browser",
    ("os", "same"): "same operating system",
    ("screen", "same"): "same screen size",
    ("locale", "same"): "same language",
    ("time_zone", "same"): "same time zone",
    ("network", "same"): "same network",
}
_ALIKE = {"given": "first name", "family": "family name", "place": "place"}
_HOW = {
    "slip": "{what} differs in one letter: {value}",
    "sounds": "{what} sounds the same: {value}",
    "close": "{what} is nearly the same: {value}",
    "alike": "{what} is alike: {value}",
    "rough": "{what} is a little alike: {value}",
}


def reasons_for(agreement: Agreement, common: Commonness, *, strong: bool = False) -> tuple[str, ...]:
    """Sentences without a full stop; says too where the names were written in the other order."""
    found = ["has proven a mailbox in this browser that this customer had given"] if strong else []
    order = sorted(agreement.weights.items(), key=lambda item: -item[1])
    for kind, weight in order:
        if weight >= LEAST_BITS and (words := _words(agreement, kind, common)):
            found.append(words)
    if agreement.swapped and ("given" in agreement.levels or "family" in agreement.levels):
        found.insert(min(2, len(found)), "first and family name were exchanged")
    return tuple(found[:MOST])


def _words(agreement: Agreement, kind: str, common: Commonness) -> str:
    level, value = agreement.levels[kind], agreement.values.get(kind, "")
    words = _WORDS.get((kind, level))
    if words is None and kind in _ALIKE:
        words = _HOW.get(level, "").replace("{what}", _ALIKE[kind])
    if not words:
        return ""
    shown = value.title() if kind in _ALIKE else value
    return words.format(value=shown, rare=_rare(kind, value, common) if level == "same" else "")


def _rare(kind: str, value: str, common: Commonness) -> str:
    if kind not in _ALIKE or common.people < RARE:
        return ""
    share = common.count(kind, value) / common.people
    return ", rare here" if share <= 1 / RARE else ", common here" if share >= 1 / COMMON else ""
