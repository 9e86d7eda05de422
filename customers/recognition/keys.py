"""Keeps what recognition looks up in step with what is on file. Everything here is derived and can be built anew."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from customers.models import Customer, Identifier, MatchKey, Profile, Token, TokenKey, Trait
from customers.recognition.facts import Facts, facts_of
from customers.recognition.fingerprints import keys_of, spellings, tokens_of

#: Customers that `rebuild` takes at once.
BATCH = 500

#: How often a word is written again that others are just giving up.
TRIES = 3

#: The kind of a word, and the word.
Word = tuple[str, str]


@transaction.atomic
def refresh(customer: UUID) -> None:
    """Make this customer findable by what is on file about them now. Calling it twice changes nothing.

    To be called, in the same transaction, after a name, an identifier or a trait was added, changed or removed.
    """
    facts = _read(customer)
    profiles = Profile.objects.select_for_update()
    profile, made = profiles.filter(customer=customer).first(), False
    if profile is None and (tokens_of(facts) or keys_of(facts)):
        profile, made = profiles.get_or_create(customer_id=customer, defaults={"facts": facts})
    if profile is None or (profile.facts == facts and not made):
        return
    before: Facts = {} if made else profile.facts
    old, new = keys_of(before), keys_of(facts)
    if gone := old - new:
        MatchKey.objects.filter(profile=profile, key__in=gone).delete()
    MatchKey.objects.bulk_create(
        [MatchKey(profile=profile, key=key) for key in sorted(new - old)], ignore_conflicts=True
    )
    if not made:
        profile.facts = facts
        profile.save(update_fields=["facts"])
    count_tokens(tokens_of(facts), tokens_of(before))


@transaction.atomic
def forget(customer: UUID) -> None:
    """Leave nothing of this customer to be found. To be called before a customer is erased."""
    profile = Profile.objects.select_for_update().filter(customer=customer).first()
    if profile is not None:
        count_tokens((), tokens_of(profile.facts))
        profile.delete()


def rebuild() -> int:
    """Make every customer findable who is not yet, and the others anew. Returns how many were looked at."""
    done, last = 0, None
    while True:
        rows = Customer.objects.order_by("id")
        batch = list((rows.filter(id__gt=last) if last else rows).values_list("id", flat=True)[:BATCH])
        if not batch:
            return done
        with transaction.atomic():
            for customer in batch:
                refresh(customer)
        done, last = done + len(batch), batch[-1]


def count_tokens(added: Iterable[Word], removed: Iterable[Word]) -> None:
    """One more has each word of `added`, one less each of `removed`; a word that nobody has any more is gone."""
    more, less = set(added), set(removed)
    more, less = more - less, less - more
    if not more and not less:
        return
    known = {(row.kind, row.text) for row in _rows(more)}
    rows: list[Token] = []
    for _ in range(TRIES):
        there = {(row.kind, row.text) for row in rows} or known
        # In one order everywhere, so that two transactions never wait for each other.
        fresh = [Token(kind=kind, text=text) for kind, text in sorted(more - there)]
        Token.objects.bulk_create(fresh, ignore_conflicts=True)
        rows = list(_rows(more | less).select_for_update().order_by("kind", "text"))
        # Whoever else had a word may have left it this very moment, and the word is gone.
        if more <= {(row.kind, row.text) for row in rows}:
            break
    up = [row.pk for row in rows if (row.kind, row.text) in more]
    down = [row.pk for row in rows if (row.kind, row.text) in less]
    if up:
        Token.objects.filter(pk__in=up).update(count=F("count") + 1)
    if down:
        Token.objects.filter(pk__in=down, count__gt=0).update(count=F("count") - 1)
        Token.objects.filter(pk__in=down, count=0).delete()
    spelt = [
        TokenKey(token=row, key=key)
        for row in rows
        if (row.kind, row.text) in more and row.count == 0
        for key in sorted(spelling_keys(row.kind, row.text))
    ]
    TokenKey.objects.bulk_create(spelt, ignore_conflicts=True)


def _rows(words: set[Word]) -> QuerySet[Token]:
    by_kind: dict[str, list[str]] = {}
    for kind, text in words:
        by_kind.setdefault(kind, []).append(text)
    wanted = Q(pk=None)
    for kind, texts in by_kind.items():
        wanted |= Q(kind=kind, text__in=texts)
    return Token.objects.filter(wanted)


def spelling_keys(kind: str, text: str) -> set[int]:
    """The keys of a word by which it is found misspelt; products are compared by their exact words only."""
    return spellings(kind, text) if kind in {"given", "family", "place"} else set()


def _read(customer: UUID) -> Facts:
    row = Customer.objects.filter(pk=customer).values_list("name", "created_at").first()
    if row is None:
        return {}
    name, created = row
    identifiers: Iterable[tuple[str, str]] = (
        Identifier.objects.filter(customer=customer).order_by("-created_at").values_list("kind", "value")
    )
    traits = list(
        Trait.objects.filter(customer=customer)
        .order_by("-seen_at", "-id")
        .values_list("kind", "value", "seen_at")
    )
    facts = facts_of(name, identifiers, [(kind, value) for kind, value, _ in traits])
    if facts:
        facts["seen"] = [max([created, *(seen for _, _, seen in traits)]).date().isoformat()]
    return facts
