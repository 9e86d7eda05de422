"""Keeps what recognition looks up in step with what is on file. Everything here is derived and can be built anew."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet

from customers.inserted import insert
from customers.models import Customer, Identifier, MatchKey, Outdated, Profile, Token, TokenKey, Trait
from customers.recognition.facts import Facts, facts_of
from customers.recognition.fingerprints import keys_of, spellings, tokens_of

logger = logging.getLogger(__name__)

#: Customers that `rebuild` takes at once, and marks that `catch_up` does.
BATCH, AT_ONCE = 500, 50

#: How often a word is written again that others are just giving up.
TRIES = 3

#: Set by each mark that this process commits: whoever works marks off here need not look for them all the time.
marked = threading.Event()

#: The kind of a word, and the word.
Word = tuple[str, str]


def outdate(customer: UUID) -> None:
    """Have this customer made findable anew, soon, by what is then on file about them. One statement.

    To be called, in the same transaction, after a name, an identifier or a trait was added, changed or removed. The
    work is left to `catch_up`: it locks words that many have in common, which nobody's message should wait for.
    """
    insert(Outdated(customer_id=customer))
    transaction.on_commit(marked.set)


def catch_up(most: int = AT_ONCE) -> int:
    """Make findable whoever is marked as outdated; how many marks that were, at most `most`.

    Any number of workers may do it at once. What changes meanwhile is marked anew and found by a later call. A customer
    who cannot be made findable is logged and passed over, and keeps nobody else waiting.
    """
    with connection.cursor() as cursor:  # asked several times a second, so without the ORM
        cursor.execute("SELECT 1 FROM customers_outdated LIMIT 1")
        if cursor.fetchone() is None:
            return 0
    with transaction.atomic():
        marks = Outdated.objects.select_for_update(skip_locked=True).order_by("id")
        found = dict(marks.values_list("id", "customer_id")[:most])
        if found:
            _refresh_each(sorted(set(found.values())))
            Outdated.objects.filter(id__in=found).delete()
    return len(found)


def catch_up_all(going_on: Callable[[], bool] = lambda: True) -> int:
    """Make findable everybody who is marked, a batch at a time and as long as `going_on`; how many marks that were."""
    done = 0
    while found := catch_up():
        done += found
        if not going_on():
            break
    return done


def _refresh_each(customers: list[UUID]) -> None:
    """All together, or one by one if something is wrong with any. Raises what is wrong with the database itself."""
    try:
        refresh(customers)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(customers) == 1:
            logger.exception("Customer %s could not be made findable", customers[0])
        else:
            for customer in customers:
                _refresh_each([customer])


@transaction.atomic
def refresh(customers: Iterable[UUID]) -> None:
    """Make these customers findable by what is on file about them now. Calling it twice changes nothing.

    A dozen statements, however many they are.
    """
    facts = _read(set(customers))
    profiles = _profiles(facts)
    counts: Counter[Word] = Counter()
    keys, changed = [], []
    for profile in profiles:
        before, now = profile.facts, facts[profile.customer_id]
        if before == now:
            continue
        old, new = keys_of(before), keys_of(now)
        if gone := old - new:
            MatchKey.objects.filter(profile=profile, key__in=gone).delete()
        keys += [MatchKey(profile=profile, key=key) for key in sorted(new - old)]
        counts.update(tokens_of(now))
        counts.subtract(tokens_of(before))
        profile.facts = now
        changed.append(profile)
    MatchKey.objects.bulk_create(keys, ignore_conflicts=True)
    Profile.objects.bulk_update(changed, ["facts"])
    count_tokens(counts)


@transaction.atomic
def forget(customer: UUID) -> None:
    """Leave nothing of this customer to be found. To be called before a customer is erased."""
    Outdated.objects.filter(customer=customer).delete()
    profile = Profile.objects.select_for_update().filter(customer=customer).first()
    if profile is not None:
        count_tokens(dict.fromkeys(tokens_of(profile.facts), -1))
        profile.delete()


def rebuild() -> int:
    """Make every customer findable who is not yet, and the others anew. Returns how many were looked at."""
    done, last = 0, None
    while True:
        rows = Customer.objects.order_by("id")
        batch = list((rows.filter(id__gt=last) if last else rows).values_list("id", flat=True)[:BATCH])
        if not batch:
            return done
        refresh(batch)
        done, last = done + len(batch), batch[-1]


def count_tokens(changes: Mapping[Word, int]) -> None:
    """So many more, or fewer, have each word now; a word that nobody has any more is gone."""
    more = {word for word, many in changes.items() if many > 0}
    less = {word for word, many in changes.items() if many < 0}
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
    spelt = [
        TokenKey(token=row, key=key)
        for row in rows
        if (row.kind, row.text) in more and row.count == 0
        for key in sorted(spelling_keys(row.kind, row.text))
    ]
    by_change: dict[int, list[int]] = {}
    for row in rows:
        by_change.setdefault(max(changes[row.kind, row.text], -row.count), []).append(row.pk)
    for change, words in by_change.items():
        Token.objects.filter(pk__in=words).update(count=F("count") + change)
    if less:
        Token.objects.filter(pk__in=[row.pk for row in rows], count=0).delete()
    TokenKey.objects.bulk_create(spelt, ignore_conflicts=True)


def _rows(words: set[Word]) -> QuerySet[Token]:
    by_kind: dict[str, list[str]] = {}
    for kind, text in words:
        by_kind.setdefault(kind, []).append(text)
    if not by_kind:
        return Token.objects.none()
    # No empty condition to begin with: "or without a key" has SQLite read the whole table.
    return Token.objects.filter(
        reduce(or_, (Q(kind=kind, text__in=texts) for kind, texts in by_kind.items()))
    )


def spelling_keys(kind: str, text: str) -> set[int]:
    """The keys of a word by which it is found misspelt; products are compared by their exact words only."""
    return spellings(kind, text) if kind in {"given", "family", "place"} else set()


def _profiles(facts: Mapping[UUID, Facts]) -> list[Profile]:
    """The locked profiles of those who have one, or have anything to be found by; in one order everywhere."""
    there = set(Profile.objects.filter(customer__in=facts).values_list("customer_id", flat=True))
    fresh = [
        Profile(customer_id=customer)
        for customer, now in sorted(facts.items())
        if customer not in there and (tokens_of(now) or keys_of(now))
    ]
    # Empty at first: whoever makes the same one meanwhile has counted its words when we see it.
    Profile.objects.bulk_create(fresh, ignore_conflicts=True)
    return list(Profile.objects.select_for_update().filter(customer__in=facts).order_by("customer_id"))


def _read(customers: set[UUID]) -> dict[UUID, Facts]:
    """What is on file about each of those who are on file."""
    named = {
        customer: (name, created)
        for customer, name, created in Customer.objects.filter(pk__in=customers).values_list(
            "id", "name", "created_at"
        )
    }
    identifiers: dict[UUID, list[tuple[str, str]]] = {}
    rows = Identifier.objects.filter(customer__in=named).order_by("-created_at")
    for customer, kind, value in rows.values_list("customer_id", "kind", "value"):
        identifiers.setdefault(customer, []).append((kind, value))
    traits: dict[UUID, list[tuple[str, str]]] = {}
    seen = {customer: created for customer, (_, created) in named.items()}
    found = Trait.objects.filter(customer__in=named).order_by("-seen_at", "-id")
    for customer, kind, value, at in found.values_list("customer_id", "kind", "value", "seen_at"):
        traits.setdefault(customer, []).append((kind, value))
        seen[customer] = max(seen[customer], at)
    facts = {}
    for customer, (name, _) in named.items():
        known = facts_of(name, identifiers.get(customer, ()), traits.get(customer, ()))
        if known:
            known["seen"] = [seen[customer].date().isoformat()]
        facts[customer] = known
    return facts
