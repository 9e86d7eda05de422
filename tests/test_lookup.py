"""What is looked up by many keys at once, held against the same written plainly; both databases have their own way."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from customers.models import Customer, MatchKey, Profile, Token, TokenKey
from customers.recognition.lookup import KEYS_AT_ONCE, PARTS, profiles_by_promise, words_by_spelling
from tests.support.log import inbox

pytestmark = pytest.mark.django_db

#: More than one statement's worth on SQLite; the smallest and the largest number that a key can be are among them.
KEYS = [-(2**63), *range(KEYS_AT_ONCE + 50), 2**63 - 1]


@pytest.fixture
def profiles() -> dict[int, set[int]]:
    """Profiles with the keys that each is found by."""
    draw, at = random.Random(4), datetime(2026, 3, 1, tzinfo=UTC)
    people = Customer.objects.bulk_create(Customer(inbox=inbox(), created_at=at) for _ in range(40))
    made = Profile.objects.bulk_create(Profile(customer=one) for one in people)
    keys = {one.pk: set(draw.sample(KEYS, 30)) for one in made}
    MatchKey.objects.bulk_create(
        MatchKey(profile_id=one, key=key) for one, some in keys.items() for key in some
    )
    return keys


@pytest.mark.parametrize("seed", range(5))
def test_what_promises_most_comes_first(profiles: dict[int, set[int]], seed: int) -> None:
    draw = random.Random(seed)
    wanted = {
        key: {part: draw.choice([0.1, 2.5, 1 / 3, 7.0]) for part in draw.sample(PARTS, draw.randint(1, 3))}
        for key in draw.sample(KEYS, len(KEYS) - 20)
    }
    promised: dict[int, dict[str, float]] = defaultdict(dict)
    for profile, keys in profiles.items():
        for key in keys & wanted.keys():
            for part, weight in wanted[key].items():
                promised[profile][part] = max(weight, promised[profile].get(part, 0.0))
    total = {profile: round(sum(parts.values()), 9) for profile, parts in promised.items()}
    found = profiles_by_promise(wanted, 100, 15)
    assert len(found) == len(set(found)) == 15
    assert [total[one] for one in found] == sorted(total.values(), reverse=True)[:15]


def test_no_more_of_a_key_than_was_asked_for(profiles: dict[int, set[int]]) -> None:
    MatchKey.objects.bulk_create(MatchKey(profile_id=one, key=10**6) for one in profiles)
    assert len(profiles_by_promise({10**6: {"given": 1.0}}, 3, 100)) == 3
    assert profiles_by_promise({}, 3, 100) == []
    assert profiles_by_promise({10**7: {"given": 1.0}}, 3, 100) == []


def test_words_that_share_most_spellings() -> None:
    draw = random.Random(7)
    words = Token.objects.bulk_create(Token(kind="given", text=f"name{n}", count=n + 1) for n in range(30))
    keys = {one.pk: set(draw.sample(KEYS, 40)) for one in words}
    TokenKey.objects.bulk_create(
        TokenKey(token_id=one, key=key) for one, some in keys.items() for key in some
    )
    wanted = [set(draw.sample(KEYS, size)) for size in (60, 1, 25)] + [set()]
    found = words_by_spelling(wanted, 100, 8)
    assert len(found) == 4
    assert found[-1] == []
    for some, got in zip(wanted, found, strict=True):
        shared = Counter({one.text: len(keys[one.pk] & some) for one in words if keys[one.pk] & some})
        assert len(got) == min(8, len(shared))
        assert sorted(shared[text] for _, text, _ in got) == sorted(n for _, n in shared.most_common(8))
        assert all((kind, text) == ("given", f"name{count - 1}") for kind, text, count in got)
    assert words_by_spelling([], 100, 8) == []
