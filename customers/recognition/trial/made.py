"""People who do not exist, in great numbers: they show that a suggestion takes no longer with many on file."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from customers.models import Customer, Identifier, Inbox, MatchKey, Profile, Token, TokenKey, Trait
from customers.normal import CLAIMS
from customers.recognition import keys
from customers.recognition.facts import facts_of, normal_trait
from customers.recognition.fingerprints import keys_of, tokens_of
from customers.recognition.nicknames import NICKNAMES
from customers.recognition.trial.people import Record

BATCH = 5000
_CUSTOMER, _IDENTIFIER = Customer._meta.db_table, Identifier._meta.db_table
_TRAIT, _PROFILE = Trait._meta.db_table, Profile._meta.db_table
_COLUMNS = {
    _CUSTOMER: ("id", "inbox_id", "name", "name_proof", "created_at"),
    _IDENTIFIER: ("id", "customer_id", "kind", "value", "shown", "proof", "evidence", "created_at"),
    _TRAIT: ("customer_id", "kind", "value", "shown", "seen_at"),
    _PROFILE: ("id", "customer_id", "facts"),
    "made_keys": ("key", "found"),
}
_WORDS = """
an ber car dal el fer gar hol in jan kel lin mar nor ol per quin ros ster tal ul van wes yor zan by den field ford ham
ing ley man ner port rick son ton wood worth
"""
_SYLLABLES = tuple(_WORDS.split())


def made_people(likeness: Sequence[Record], count: int, seed: int) -> Iterator[dict[str, str]]:
    """People who do not exist: some words are drawn from the file, so that its names become common too."""
    draw = random.Random(seed)  # noqa: S311 — made people, not secrets
    names = [record.values["name"].split() for record in likeness if record.values.get("name")]
    first = [words[0] for words in names] + sorted(NICKNAMES)
    last = [words[-1] for words in names]
    kinds = {
        kind: [r.values[kind] for r in likeness if kind in r.values] for kind in ("place", "product", "model")
    }
    with_phone = any("phone" in record.values for record in likeness)
    for _ in range(count):
        family = draw.choice(last) if draw.random() < 0.3 and last else _made_word(draw)
        person = {"name": f"{draw.choice(first)} {family}"}
        for kind, values in kinds.items():
            if values:
                person[kind] = draw.choice(values) if draw.random() < 0.5 else _made_word(draw, 0.1)
        if with_phone:
            person["phone"] = f"0{draw.randrange(2, 9)} {draw.randrange(10**8):08d}"
        yield person


def fill(inbox: Inbox, people: Iterator[dict[str, str]], at: datetime, told: Callable[[int], object]) -> None:
    """Put many people on file at once: the same rows as one by one, but written, counted and indexed in bulk."""
    counts: Counter[tuple[str, str]] = Counter()
    number = (Profile.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1
    sqlite = connection.vendor == "sqlite"
    then, home = connection.ops.adapt_datetimefield_value(at), inbox.id.hex if sqlite else inbox.id
    day = at.date().isoformat()
    match: list[tuple[int, int]] = []
    while batch := list(islice(people, BATCH)):
        rows: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in (_CUSTOMER, _IDENTIFIER, _TRAIT, _PROFILE)
        }
        for person in batch:
            made = uuid7()
            customer = made.hex if sqlite else made
            values = []
            if "phone" in person:
                normal = CLAIMS["phone"](person["phone"])
                values.append(("phone", normal.value))
                own = uuid7()
                rows[_IDENTIFIER].append(
                    (
                        own.hex if sqlite else own,
                        customer,
                        "phone",
                        normal.value,
                        normal.shown,
                        "claimed",
                        "",
                        then,
                    )
                )
            known = [
                (kind, normal_trait(kind, person[kind]))
                for kind in ("place", "product", "model")
                if kind in person
            ]
            facts = {**facts_of(person["name"], values, known), "seen": [day]}
            rows[_CUSTOMER].append((customer, home, person["name"], "claimed", then))
            rows[_TRAIT].extend((customer, kind, value, person[kind], then) for kind, value in known)
            rows[_PROFILE].append((number, customer, json.dumps(facts)))
            match.extend((key, number) for key in keys_of(facts))
            counts.update(tokens_of(facts))
            number += 1
        with transaction.atomic():
            for table, lines in rows.items():
                _insert(table, lines)
        told(len(batch))
    with transaction.atomic(), connection.cursor() as cursor:
        _in_order(MatchKey._meta.db_table, "profile_id", iter(match))
        if not sqlite:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{_PROFILE}', 'id'), {number})")
    _count_in_bulk(counts)


def _insert(table: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    columns = ", ".join(_COLUMNS[table])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(_COLUMNS[table]))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
            return
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


@transaction.atomic
def _count_in_bulk(counts: Counter[tuple[str, str]]) -> None:
    known = {(token.kind, token.text): token for token in Token.objects.all()}
    old = [token for place, token in known.items() if place in counts]
    for token in old:
        token.count += counts[token.kind, token.text]
    Token.objects.bulk_update(old, ["count"], batch_size=200)
    fresh = [place for place in counts if place not in known]
    for start in range(0, len(fresh), BATCH):
        some = fresh[start : start + BATCH]
        Token.objects.bulk_create(
            [Token(kind=kind, text=text, count=counts[kind, text]) for kind, text in some]
        )
    before = {token.id for token in known.values()}
    rows = list(Token.objects.values_list("id", "kind", "text"))
    spelt = (
        (key, own) for own, kind, text in rows if own not in before for key in keys.spelling_keys(kind, text)
    )
    _in_order(TokenKey._meta.db_table, "token_id", spelt)


def _in_order(table: str, column: str, rows: Iterator[tuple[int, int]]) -> None:
    """Write (key, what it finds) in the order of the index, which is then written from one end to the other."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE made_keys (key bigint, found bigint)")
        while batch := list(islice(rows, 20 * BATCH)):
            _insert("made_keys", batch)
        sql = f"INSERT INTO {table} (key, {column}) SELECT key, found FROM made_keys ORDER BY key, found"  # noqa: S608
        cursor.execute(sql)
        cursor.execute("DROP TABLE made_keys")


def _made_word(draw: random.Random, more: float = 0.5) -> str:
    # Some syllables come oftener: made names are as uneven as real ones.
    count = 2 + (draw.random() < more)
    return "".join(_SYLLABLES[int(len(_SYLLABLES) * draw.random() ** 1.5)] for _ in range(count))
