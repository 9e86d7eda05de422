"""Reads everything back once all is said: as each customer in a fresh session, and as a technician."""

import asyncio
import itertools
import sys
import time
from collections import deque

from tqdm import tqdm

from chat.replay.errors import ReplayError, Unreachable
from chat.replay.figures import Figures
from chat.replay.technician import Desk
from chat.replay.verify import Findings, Played, compare
from chat.replay.visits import Visitor


async def read_back(visitors: list[Visitor], desks: list[Desk], figures: Figures, concurrency: int) -> None:
    """Compare the server's log, from both sides, with what it had accepted; the result is in `figures`."""
    began = time.monotonic()
    waiting, desk = deque(visitor for visitor in visitors if visitor.played), itertools.cycle(desks)
    total = sum(len(visitor.played) for visitor in waiting)
    with tqdm(total=total, unit="conversation", desc="reading back", disable=None, file=sys.stderr) as bar:

        async def reader() -> None:
            while waiting:
                visitor = waiting.popleft()
                try:
                    await _read_as_customer(visitor, figures)
                    for played in visitor.played:
                        events = await next(desk).history(played.conversation)
                        _note(figures, played, compare(played.said(), events))
                except Unreachable:
                    raise
                except ReplayError as error:
                    figures.failures.append(f"reading back what {visitor.customer.name} said: {error}")
                bar.update(len(visitor.played))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(waiting))):
                group.create_task(reader())
    figures.checking = time.monotonic() - began
    figures.checked = True


async def _read_as_customer(visitor: Visitor, figures: Figures) -> None:
    customer = visitor.customer
    await customer.come()
    listed = {conversation["id"] for conversation in customer.listed}
    for played in visitor.played:
        events = await customer.history(played.conversation) if played.conversation in listed else []
        _note(figures, played, compare(played.said(), events))


def _note(figures: Figures, played: Played, findings: Findings) -> None:
    for name in ("lost", "doubled", "disordered", "strange"):
        total: set[tuple[str, str]] = getattr(figures, name)
        total |= {(played.conversation, item) for item in getattr(findings, name)}
