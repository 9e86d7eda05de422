"""Made customers: what they say of themselves, their browsers, and how recognition finds them."""

from __future__ import annotations

import json
import random
from array import array
from collections import Counter
from hashlib import sha256
from uuid import UUID

from customers.models import Customer, Token
from customers.recognition.common import people_on_file
from customers.recognition.facts import facts_of
from customers.recognition.fingerprints import keys_of, tokens_of
from customers.recognition.keys import spelling_keys
from tests.scale.filling import Filler, insert, insert_in_order
from tests.scale.size import device_token
from tests.scale.words import Words

COLUMNS = {
    "customers_customer": "id, inbox_id, name, name_proof, created_at",
    "customers_identifier": "id, customer_id, kind, value, shown, proof, proven_at, evidence, created_at",
    "customers_device": "id, customer_id, visit, token_hash, environment, first_seen, last_seen",
    "customers_grant": "id, device_id, customer_id, proof, evidence, at",
    "customers_trait": "customer_id, kind, value, shown, seen_at",
    "customers_profile": "id, customer_id, facts",
    "customers_link": "id, a_id, b_id, reason, proof, by_name, at, revoked_by_name, revoke_reason",
    "customers_vouch": "id, conversation, customer_id, candidate_id, device_id, facts, reason, by, by_name, at, second_name",
    "customers_verdict": "id, customer_id, candidate_id, same, evidence, at",
    "customers_resumekey": "id, customer_id, key_hash, made_at",
    "customers_auditentry": "id, at, action, actor_kind, actor_name, customer, device, reason, place, details",
}
BROWSER = json.dumps({"browser": "Firefox 128", "os": "Linux", "device": "desktop"})
#: Shares of the customers who say something of themselves, and of those who are linked with the one before, or were
#: suggested to be and were not.
NAMED, MAILED, PHONED, LINKED, DOUBTED = 0.5, 0.35, 0.2, 0.06, 0.08


def uuid7_at(seconds: float, draw: random.Random) -> str:
    """A time-ordered id as of then, in hex."""
    bits = draw.getrandbits(74)
    return f"{int(seconds * 1000):012x}7{bits >> 62:03x}{8 + (bits >> 60 & 3):x}{bits & (1 << 60) - 1:015x}"


class People:
    """Adds customers to a filler, and counts what recognition looks up until `finish`."""

    def __init__(self, filler: Filler, words: Words, draw: random.Random) -> None:
        self.filler, self.words, self.draw = filler, words, draw
        self.ids: list[str] = []
        self._first = Customer.objects.count()
        self._profile = people_on_file() + 1
        self._keys, self._profiles = array("q"), array("q")
        self._tokens: Counter[tuple[str, str]] = Counter()

    def add(self, inbox: UUID, seconds: float, at: str) -> str:
        """A customer who came then, with a browser and what they said; their id in hex."""
        draw, rows = self.draw, self.filler.rows
        number, key = self._first + len(self.ids), uuid7_at(seconds, draw)
        name, values, known = "", [], []
        if draw.random() < NAMED:
            name = f"{self.words.given.one().capitalize()} {self.words.family.one().capitalize()}"
            known = [("place", self.words.place.one()), ("product", self.words.product.one())]
            if draw.random() < MAILED / NAMED:
                address = f"{name.replace(' ', '.').lower()}{number % 97}@{self.words.place.one()}.example"
                values.append(("email", address))
            if draw.random() < PHONED / NAMED:
                values.append(("phone", f"+4930{draw.randrange(10**8):08d}"))
        rows["customers_customer"].append((key, inbox.hex, name, "claimed", at))
        for kind, value in values:
            proven = at if draw.random() < 0.2 else None
            proof = "proven" if proven else "claimed"
            own = uuid7_at(seconds, draw)
            rows["customers_identifier"].append((own, key, kind, value, value, proof, proven, "", at))
        rows["customers_trait"].extend((key, kind, value, value, at) for kind, value in known)
        if name:
            facts = {**facts_of(name, values, known), "seen": [at[:10]]}
            rows["customers_profile"].append((self._profile, key, json.dumps(facts)))
            found = keys_of(facts)
            self._keys.extend(found)
            self._profiles.extend([self._profile] * len(found))
            self._tokens.update(tokens_of(facts))
            self._profile += 1
        self._browser(number, key, seconds, at)
        if self.ids and draw.random() < LINKED:
            link = (uuid7_at(seconds, draw), self.ids[-1], key, "same voice", "vouched", "Ana", at, "", "")
            rows["customers_link"].append(link)
        if self.ids and draw.random() < DOUBTED:
            pair = (key, self.ids[-1])
            rows["customers_verdict"].append((uuid7_at(seconds, draw), *pair, False, "{}", at))
            vouch = (uuid7_at(seconds, draw), key, *pair, rows["customers_device"][-1][0])
            rows["customers_vouch"].append((*vouch, "[]", "", key, "Ana", at, ""))
        self.ids.append(key)
        return key

    def _browser(self, number: int, customer: str, seconds: float, at: str) -> None:
        rows, draw = self.filler.rows, self.draw
        device, visit = uuid7_at(seconds, draw), uuid7_at(seconds, draw)
        kept = sha256(device_token(number).encode()).digest()
        rows["customers_device"].append((device, customer, visit, kept, BROWSER, at, at))
        rows["customers_grant"].append((uuid7_at(seconds, draw), device, customer, "device", "", at))
        if number % 3 == 0:
            hashed = sha256(f"key {number}".encode()).digest()
            rows["customers_resumekey"].append((uuid7_at(seconds, draw), customer, hashed, at))
            entry = (uuid7_at(seconds, draw), at, "key_made", "system", "", customer, device, "", "", "{}")
            rows["customers_auditentry"].append(entry)

    def finish(self) -> None:
        """Write what recognition looks up: keys of profiles, words, and the spellings of words."""
        insert_in_order("customers_matchkey", "key, profile_id", zip(self._keys, self._profiles, strict=True))
        there = {(word.kind, word.text): word for word in Token.objects.all()}
        last = max((word.id for word in there.values()), default=0)
        for place in self._tokens.keys() & there.keys():
            there[place].count += self._tokens[place]
        Token.objects.bulk_update(
            [there[place] for place in self._tokens.keys() & there.keys()], ["count"], batch_size=200
        )
        fresh = list(enumerate(sorted(self._tokens.keys() - there.keys()), last + 1))
        insert(
            "customers_token",
            "id, kind, text, count",
            [(number, *place, self._tokens[place]) for number, place in fresh],
        )
        spelt = ((key, number) for number, place in fresh for key in spelling_keys(*place))
        insert_in_order("customers_tokenkey", "key, token_id", spelt)
