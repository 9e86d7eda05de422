"""Random sequences of everything a visitor can send, with technicians, races and time in between.

The invariant: no byte that a browser receives belongs to a customer for whom it holds no live proof.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.known import canaries, deeds, entering, proving, staff
from tests.known.hands import NUMBER
from tests.known.visitors import Visits
from tests.known.world import Deed

_USUAL: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "report_multiple_bugs": False,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),  # a sequence of 50 takes too long to shrink
}
STEPS = 50
#: About 400 steps; RAPPORT_LONG says how many instead.
SHORT_RUN = 400


def profile(steps: int) -> settings:
    """As many sequences as make about so many steps; they end early at times."""
    return settings(max_examples=steps * 11 // 10 // STEPS, stateful_step_count=STEPS, **_USUAL)


class Machine(Visits):
    """Five browsers, four people, three inboxes, two technicians; `house` is set by the test that runs it."""

    # Sockets

    @rule(b=NUMBER, t=NUMBER, cursor=st.integers(0, 3))
    def opens_a_socket(self, b: int, t: int, cursor: int) -> None:
        """With its own token or another, and cursors into every conversation there is."""
        browser, world = self._fresh(b), self.world
        for plug in [one for one in world.house.plugs if one.browser == browser.number][1:]:
            world.house.unplug(plug)
        token = self._odd_token(t) or self._token(browser)
        visit = world.rules.speaks(token, world.now())
        if visit is not None:
            cursors = {one.id: cursor for one in world.talks}
            world.house.plug_in(visit, browser.number, token, cursors)
        world.do()

    @rule(p=NUMBER, c=NUMBER, said=NUMBER, kind=NUMBER, text=st.text(max_size=20))
    def says_over_a_socket(self, p: int, c: int, said: int, kind: int, text: str) -> None:
        """Every frame there is, in any conversation there is."""
        if not self.world.house.plugs:
            return
        plug = self.world.house.plugs[p % len(self.world.house.plugs)]
        browser = self.world.browsers[plug.browser]
        talk = self.world.talks[c % len(self.world.talks)]
        about = self._claims(browser, said)
        (words,), own = deeds.texts(), canaries.word()
        frames: list[dict[str, Any]] = [
            {"type": "message.send", "conversation": talk.id, "client_id": own, "text": words},
            {"type": "message.send", "conversation": talk.id, "client_id": own, "text": words},
            {"type": "conversation.start", "client_id": own, "text": words, "about": about},
            {"type": "about", **about},
            {"type": "sync", "conversation": talk.id, "after": 0},
            {"type": "sync", "conversation": talk.id, "after": 0, "limit": 500},
            {"type": "read", "conversation": talk.id, "seq": 1},
            {"type": "typing", "conversation": talk.id, "active": True},
            {"type": "watch", "conversation": talk.id},
            {"type": text, "conversation": talk.id},
        ]
        deeds.say(self.world, plug, frames[kind % len(frames)], about)

    # Technicians

    @rule(c=NUMBER, what=NUMBER)
    def a_technician_helps(self, c: int, what: int) -> None:
        """Answers, solves, opens again."""
        talk = self.world.talks[c % len(self.world.talks)]
        (staff.answer, staff.solve, staff.solve, staff.reopen)[what % 4](self.world, talk)

    @rule(c=NUMBER, other=NUMBER, what=NUMBER)
    def a_technician_recognises(self, c: int, other: int, what: int) -> None:
        """Rightly or wrongly: vouches, refuses, reads the panel."""
        world = self.world
        talk, candidate = world.talks[c % len(world.talks)], self._customer(other)
        match what % 3:
            case 0 | 1:
                staff.vouch(world, talk, candidate)
            case _:
                staff.not_same(world, talk, candidate)
        staff.read_card(world, talk)

    @rule(a=NUMBER, b=NUMBER)
    def a_technician_links(self, a: int, b: int) -> None:
        """Any two, rightly or wrongly."""
        staff.link(self.world, self._customer(a), self._customer(b))

    @rule(number=NUMBER)
    def a_link_is_taken_back(self, number: int) -> None:
        """By a technician."""
        if self.world.links:
            staff.unlink(self.world, self.world.links[number % len(self.world.links)])

    @rule(number=NUMBER, agree=st.booleans())
    def the_second_person_decides(self, number: int, agree: bool) -> None:
        """Where the inbox asks for one."""
        if self.world.waiting:
            staff.decide(self.world, number, agree=agree)

    @rule(what=NUMBER, d=NUMBER)
    def an_administrator_decides(self, what: int, d: int) -> None:
        """How vouching is done; at times a browser is shut out."""
        devices = list(self.world.rules.devices.values())
        if what % 8 == 0:
            staff.revoke(self.world, devices[d % len(devices)])
        else:
            staff.set_vouching(
                self.world, ("technician", "technician", "technician", "second", "off")[what % 5]
            )

    # Time, and many at once

    @rule(n=st.sampled_from([1, 10, 20, 70, 120, 1000, 4000, 90_000, 200_000, 2_700_000]))
    def time_passes(self, n: int) -> None:
        """Seconds, hours, days, a month: tokens age, codes and grants end."""
        staff.pass_time(self.world, timedelta(seconds=n))

    @rule(b=NUMBER, other=NUMBER, new=st.booleans(), seconds=st.sampled_from([0, 100_000, 2_700_000]))
    def a_word_is_given_and_ends(self, b: int, other: int, new: bool, seconds: int) -> None:
        """A technician vouches for whoever sits at a browser, who writes; it is taken back (0), or time is over."""
        world, browser = self.world, self._browser(b)
        if new:
            browser.forget()
        self._open(browser)
        self._begin(browser, {})
        talk = world.talks[-1]
        link = staff.vouch(world, talk, self._customer(other))
        self._open(browser)
        self._do(deeds.write(world, browser, talk, deeds.texts()[0], canaries.word()))
        if link and not seconds:
            staff.unlink(world, link)
        staff.pass_time(world, timedelta(seconds=seconds))
        self._open(browser)
        self._do(deeds.look(world, browser, talk, "events"))

    @rule(b=NUMBER, other=NUMBER, c=NUMBER, said=NUMBER, kind=NUMBER)
    def several_at_once(self, b: int, other: int, c: int, said: int, kind: int) -> None:
        """Two browsers, or one twice, at the same moment."""
        one, two = self._fresh(b), self._fresh(other)
        self._do(*self._race(one, two, c, said, kind % 6))

    def _race(self, one: Any, two: Any, c: int, said: int, kind: int) -> list[Deed]:
        world, talk, both = self.world, self._talk(c, one), (one, two)
        (text,), own = deeds.texts(), canaries.word()
        if kind == 0:  # a visitor becomes somebody, three times over
            return [
                deeds.start(world, one, client_id=f"{own}{n // 2}", text=text, about=self._claims(one, said))
                for n in range(3)
            ]
        if kind == 1:
            code = self._code(one, c, 1)
            return [proving.enter_code(world, browser, code) for browser in (one, one, two)]
        if kind == 2:
            key = self._key(c, 1)
            return [proving.use_key(world, browser, key) for browser in both]
        if kind == 3:
            devices = list(world.rules.devices.values())
            return [
                deeds.look(world, one, talk, "events"),
                deeds.sign_out(world, two, devices[said % len(devices)]),
                deeds.write(world, one, talk, text, own),
            ]
        if kind == 4 and self.identities:
            identity = self.identities[-1]
            return [
                entering.open_session(
                    world,
                    browser,
                    inbox=identity.inbox,
                    token=None,
                    cookie=None,
                    earlier=None,
                    identity=identity,
                )
                for browser in both
            ]
        return [
            deeds.about(world, one, self._claims(one, said)),
            deeds.look(world, one, talk, "list"),
            deeds.list_devices(world, two),
        ]
