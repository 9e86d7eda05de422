"""A whole replay: opens the doors, plays with many customers at once, reads everything back."""

import asyncio
import contextlib
import signal
import ssl
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass

from tqdm import tqdm

from chat.replay.customer import Customer
from chat.replay.door import Door
from chat.replay.errors import ReplayError
from chat.replay.figures import Figures
from chat.replay.readback import read_back
from chat.replay.script import Talk, chains
from chat.replay.seating import Seating, seated
from chat.replay.visits import Visitor, play_visits

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play and where.

    `patience`: seconds of no connection that are borne (a restart, a deploy). `trust`: what https is checked with;
    None: what the system trusts.
    """

    talks: list[Talk]
    urls: list[str]
    technicians: list[str]
    password: str
    inbox: str = "demo"
    speed: float | None = None
    concurrency: int = 50
    patience: float = 90.0
    trust: ssl.SSLContext | None = None


async def run(plan: Plan, figures: Figures | None = None) -> Figures:
    """Play the plan and check it; an interrupt (Ctrl-C) or a server that has gone ends it early.

    What is known until then is in the answer, whose `checked` is then false. Raises ReplayError when it
    cannot begin: nobody answers, a wrong password. Whoever gives `figures` can watch them meanwhile.
    """
    figures = figures or Figures()
    async with _doors(plan) as doors:
        crowd = seated(
            plan.technicians, plan.password, doors, concurrency=plan.concurrency, patience=plan.patience
        )
        async with crowd as seating:
            visitors = _visitors(plan, doors)
            if await _to_the_end(_play(plan, visitors, seating, figures), figures):
                await _to_the_end(read_back(visitors, seating.desks, figures, plan.concurrency), figures)
            for door in doors:
                figures.tried_again_at += door.tried_again_at
    return figures


@contextlib.asynccontextmanager
async def _doors(plan: Plan) -> AsyncIterator[list[Door]]:
    doors = [Door(url, patience=plan.patience, trust=plan.trust) for url in plan.urls]
    try:
        for door in doors:
            await door.check()
        yield doors
    finally:
        await asyncio.gather(*(door.close() for door in doors))


def _visitors(plan: Plan, doors: list[Door]) -> list[Visitor]:
    visitors = []
    for number, talks in enumerate(chains(plan.talks)):
        door = doors[number % len(doors)]
        customer = Customer(talks[0].customer, door, inbox=plan.inbox, patience=plan.patience)
        visitors.append(Visitor(customer, talks))
    return visitors


async def _play(plan: Plan, visitors: list[Visitor], seating: Seating, figures: Figures) -> None:
    waiting, began = deque(visitors), time.monotonic()
    total = sum(len(talk.lines) for talk in plan.talks)
    with tqdm(total=total, unit="message", desc="playing", disable=None, file=sys.stderr) as bar:

        async def player() -> None:
            while waiting:
                await play_visits(waiting.popleft(), seating, figures, plan.speed)
                bar.update(figures.messages - bar.n)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(plan.concurrency, len(visitors))):
                    group.create_task(player())
        finally:
            figures.playing = time.monotonic() - began
            figures.people_back = sum(bool(visitor.found) for visitor in visitors)
            figures.people_found = sum(bool(visitor.found) and all(visitor.found) for visitor in visitors)
            for lost in (desk.link.lost_at for desk in seating.desks):
                figures.lost_at += lost
            for visitor in visitors:
                figures.lost_at += visitor.customer.lost_at


async def _to_the_end(work: Coroutine[None, None, None], figures: Figures) -> bool:
    """Run a part of the replay; False when it was interrupted or could not go on."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError):  # not every platform has signals in its loop
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        await asyncio.wait((task,))
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
    if task.cancelled():
        figures.stopped = INTERRUPTED
        return False
    if error := task.exception():
        figures.stopped = _reason(error)
        return False
    return True


def _reason(error: BaseException) -> str:
    """The words of an error that is meant for a person; any other is a bug and is raised."""
    errors = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    if not all(isinstance(one, ReplayError) for one in errors):
        raise error
    return str(errors[0])
