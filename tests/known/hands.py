"""What the rules of the machine share: who sits where, and which of everything is taken."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from customers.services.keys import SYMBOLS, _check_symbol
from tests.known import canaries, deeds, entering, proving, staff
from tests.known.house import House
from tests.known.identities import Identity
from tests.known.rules import TOKEN_LIFE, Customer
from tests.known.world import DEVICE, Browser, Deed, Talk, World


def _spread(number: int) -> int:
    return int.from_bytes(hashlib.blake2b(number.to_bytes(8, "big"), digest_size=4).digest(), "big")


#: Which of several; spread evenly, for Hypothesis likes small numbers and would always take the first.
NUMBER = st.integers(0, 2**64 - 1).map(_spread)
INBOXES = ("shop", "help", "apart")

#: What all machines of this process have done, for the figures at the end.
figures: Counter[str] = Counter()


class Hands(RuleBasedStateMachine):
    """Five browsers, four people, three inboxes, two technicians; `house` is set by the test that runs it."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.house)
        self.identities: list[Identity] = []
        self.seen_tokens: list[str] = []  # device tokens, anybody's, as somebody may have stolen them
        self.accesses: list[str] = []

    def teardown(self) -> None:
        """Everybody leaves; the figures stay."""
        figures.update(self.world.tally)
        staff.set_vouching(self.world, "technician")
        self.house.leave_no_one()

    @initialize()
    def somebody_was_helped(self) -> None:
        """Mara was helped and has proved her mailbox; Eve looks on; Bob has begun something."""
        world = self.world
        for browser in world.browsers:
            self._open(browser)
        nothing = world.house.ask(
            "GET",
            "conversations/01890000-0000-7000-8000-000000000000/events",
            bearer=self._token(world.browsers[0]),
        )
        world.nothing = nothing.json
        for number in (0, 2):
            browser = world.browsers[number]
            self._begin(browser, browser.person.claims())
            self._open(browser)
        staff.answer(world, world.talks[0])
        staff.solve(world, world.talks[0])
        mara = world.browsers[0]
        world.do(proving.ask_code(world, mara, mara.person.mailboxes[0]))
        world.do(proving.enter_code(world, mara, world.letters[-1].code))

    @invariant()
    def another_step(self) -> None:
        """Every answer is looked at as it comes; here the steps are counted, and the clock goes on."""
        self.world.count("steps")
        self.world.house.pass_time(timedelta(seconds=3))

    # Hands

    def _do(self, *what: Deed) -> None:
        self.world.do(*what)
        for token in (token for one in self.world.browsers for token in one.stored.values()):
            if token not in self.seen_tokens:
                self.seen_tokens.append(token)
        self.accesses += [
            one for b in self.world.browsers for one in b.access.values() if one not in self.accesses
        ]

    def _browser(self, b: int) -> Browser:
        return self.world.browsers[b % len(self.world.browsers)]

    def _fresh(self, b: int) -> Browser:
        """A browser whose access token is good, as the widget sees to it."""
        browser = self._browser(b)
        _, issued = self.world.rules.tokens.get(browser.access.get(browser.inbox, ""), (None, None))
        if issued is None or self.world.now() - issued > TOKEN_LIFE * 0.9:
            self._open(browser)
        return browser

    def _open(self, browser: Browser) -> None:
        inbox = browser.inbox
        self._do(
            entering.open_session(
                self.world,
                browser,
                inbox=inbox,
                token=browser.stored.get(inbox),
                cookie=browser.jar.get(DEVICE),
                earlier=browser.access.get(inbox),
            )
        )

    def _begin(self, browser: Browser, about: dict[str, str]) -> None:
        client_id, (text,) = canaries.word(), deeds.texts()
        browser.began.append((client_id, text))
        self._do(deeds.start(self.world, browser, client_id=client_id, text=text, about=about))

    def _token(self, browser: Browser) -> str:
        return browser.access[browser.inbox]

    def _any_access(self, t: int) -> str | None:
        return self.accesses[t % len(self.accesses)] if self.accesses else None

    def _odd_token(self, t: int) -> str | None:
        """Mostly one's own (None); at times somebody's, old or stolen."""
        return self._any_access(t // 7) if t % 7 == 0 else None

    def _talk(self, c: int, browser: Browser) -> Talk:
        """Any conversation there is; two times of three one that this browser may see, where there is one."""
        visit = self.world.rules.speaks(self._token(browser), self.world.now())
        mine = [one for one in self.world.talks if one.customer in self.world.sees(visit)]
        found = mine if c % 3 and mine else self.world.talks
        return found[c // 3 % len(found)]

    def _address(self, a: int) -> str:
        all_of_them = [one for person in self.world.people for one in person.mailboxes]
        return all_of_them[a % len(all_of_them)]

    def _claims(self, browser: Browser, said: int) -> dict[str, str]:
        """What somebody says: of themselves, or of whoever else, whole or in part."""
        person = browser.person if said % 3 == 0 else self.world.people[said // 3 % len(self.world.people)]
        whole = person.claims() | {"email": person.mailboxes[said % 2]}
        # Many give no name: what somebody else's browser then calls them must not be kept.
        return (whole, whole, {"email": whole["email"]}, {})[said % 4]

    def _code(self, browser: Browser, a: int, guess: int) -> str:
        mine = [one for one in self.world.letters if one.to in browser.person.mailboxes and one.code]
        if guess % 3 == 0 or not mine:
            return f"{guess % 10**6:06}"
        return mine[-1 - a % min(3, len(mine))].code

    def _key(self, k: int, guess: int) -> str:
        known = list(self.world.rules.keys)
        if guess % 6 == 0 or not known:
            symbols = "".join(SYMBOLS[(guess * 7 + n * k) % 32] for n in range(19))
            symbols += _check_symbol(symbols)
            return "-".join(["RAPP", *(symbols[n : n + 5] for n in range(0, 20, 5))])
        return known[k % len(known)]

    def _customer(self, c: int) -> Customer:
        """Anybody; two times of three somebody who sits at a browser now."""
        now, rules = self.world.now(), self.world.rules
        here = [
            one
            for b in self.world.browsers
            for token in b.access.values()
            for one in rules.sees(rules.speaks(token, now), now)
        ]
        found = here if c % 3 and here else list(rules.customers.values())
        return found[c // 3 % len(found)]
