"""The course of a replay with faults in it: one after the other, spread evenly over all that is to be said."""

from __future__ import annotations

import asyncio
import itertools
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.replay.figures import Figures
from chat.replay.run import Plan, run
from tests.load.replay.faults import FAULTS
from tests.load.replay.site import Site

#: Messages accepted after a fault, before it counts as over; the last of a replay may be fewer.
FLOWING = 20
#: Seconds after which what still breaks is no consequence of a fault: clients wait up to 30 s between two tries.
AFTERMATH = 30.0


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault: when it began, when what it broke was there again, when messages flowed again (time.monotonic)."""

    name: str
    began: float
    mended: float
    flowing: float


@dataclass(slots=True)
class Course:
    """Plays `plan` at `site` and does the `faults` meanwhile: names from FAULTS, in their order.

    `figures` and `blows` are filled in as it goes.
    """

    site: Site
    plan: Plan
    faults: Sequence[str]
    figures: Figures = field(default_factory=Figures)
    blows: list[Blow] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """To the end of the replay and its reading back, or until so many seconds are over: then `stopped` says so.

        Raises what a replay raises that cannot begin, and RuntimeError when something does not come back.
        """
        playing = asyncio.create_task(run(self.plan, self.figures))
        blowing = asyncio.create_task(self._blow(playing))
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wait((playing, blowing), return_when=asyncio.FIRST_EXCEPTION)
                if blowing.done():
                    blowing.result()
                await playing
        except TimeoutError:
            self.figures.stopped = f"it was not at its end after {seconds:.0f} s"
        finally:
            for task in (playing, blowing):
                task.cancel()
            await asyncio.wait((playing, blowing))

    async def _blow(self, playing: asyncio.Task[Figures]) -> None:
        total = sum(len(talk.lines) for talk in self.plan.talks)
        for number, name in enumerate(self.faults, start=1):
            if not await self._reaches(total * number // (len(self.faults) + 1), playing):
                return
            began = time.monotonic()
            await asyncio.to_thread(FAULTS[name], self.site)
            mended = time.monotonic()
            await self._reaches(min(len(self.figures.accepted_at) + FLOWING, total), playing)
            self.blows.append(Blow(name, began, mended, time.monotonic()))

    async def _reaches(self, messages: int, playing: asyncio.Task[Figures]) -> bool:
        """Wait for so many accepted messages; False when the replay is over before."""
        while len(self.figures.accepted_at) < messages:
            if playing.done():
                return False
            await asyncio.sleep(0.05)
        return not self.figures.playing  # it reads back already


def longest_silence(moments: array[float], blow: Blow) -> float:
    """Seconds: the longest time around a fault in which no message at all was accepted."""
    before = [moment for moment in moments if moment <= blow.began]
    during = [moment for moment in moments if blow.began < moment <= blow.flowing]
    edges = [before[-1] if before else blow.began, *during, blow.flowing]
    return max(later - earlier for earlier, later in itertools.pairwise(edges))


def slowest(figures: Figures, blow: Blow) -> float:
    """Seconds: the longest way to the other side of any message that was on its way during a fault."""
    ways = zip(figures.arrived_at, figures.latency, strict=True)
    during = (took for at, took in ways if at >= blow.began and at - took <= blow.flowing)
    return max(during, default=0.0)


def in_calm(moments: array[float], blows: Sequence[Blow]) -> int:
    """How many of these moments no fault explains."""
    return sum(
        not any(blow.began <= moment <= blow.flowing + AFTERMATH for blow in blows) for moment in moments
    )
