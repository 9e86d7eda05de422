"""Plays conversations: the customer asks, a technician claims, both write, the technician resolves."""

import asyncio
import time
import uuid
from collections.abc import Callable

from chat.replay.customer import Customer
from chat.replay.figures import Figures
from chat.replay.script import Line, Talk
from chat.replay.technician import Desk
from chat.replay.verify import Played, compare
from chat.replay.view import View

OUTCOME_LIMIT = 200  # characters: an outcome is a short field that somebody will read at a glance


async def play(
    talk: Talk, customer: Customer, desk: Desk, figures: Figures, *, speed: float | None, played: Played
) -> None:
    """Play one conversation to its end. `played` is filled in as the server accepts the messages.

    Every message is sent when its sender has seen the one before on their own socket. With a `speed` the
    pauses of the recording are kept, that many times shorter.
    """
    first = talk.lines[0]
    client_id, began = str(uuid.uuid4()), time.perf_counter()
    played.conversation = await customer.start(client_id, first.text)
    played.client_ids.append(client_id)
    figures.accepted_at.append(time.monotonic())
    try:
        figures.queue_latency.append(await desk.row(played.conversation) - began)
        view = await desk.claim(played.conversation)
        await _write(talk, customer, desk, view, figures, speed=speed, played=played)
        await asyncio.gather(desk.read_all(view), customer.read_all())
        await desk.resolve(view, outcome_of(talk))
        await _of(customer).seen("resolved")
    finally:
        desk.forget(played.conversation)
    figures.conversations += 1


async def found_past(customer: Customer, past: list[Played]) -> bool:
    """Does the browser that just came back find all that was said before, word for word, in order?"""
    listed = {conversation["id"] for conversation in customer.listed}
    for earlier in past:
        if earlier.conversation not in listed:
            return False
        if compare(earlier.said(), await customer.history(earlier.conversation)):
            return False
    return True


def outcome_of(talk: Talk) -> dict[str, str]:
    """The outcome a technician would note: what was asked first, answered first and said last."""
    answers = [line.text for line in talk.lines if line.side == "technician"] or [talk.lines[-1].text]
    parts = {"problem": talk.lines[0].text, "cause": answers[0], "fix": answers[-1]}
    return {name: " ".join(text.split())[:OUTCOME_LIMIT] for name, text in parts.items()}


async def _write(
    talk: Talk,
    customer: Customer,
    desk: Desk,
    view: View,
    figures: Figures,
    *,
    speed: float | None,
    played: Played,
) -> None:
    theirs = _of(customer)
    await asyncio.gather(view.seen(played.client_ids[0]), theirs.seen("assigned"))
    before = talk.lines[0]
    for line in talk.lines[1:]:
        if speed:
            await asyncio.sleep(_pause(before, line) / speed)
        by_customer = line.side == "customer"
        own, other = (theirs, view) if by_customer else (view, theirs)
        await own.seen(played.client_ids[-1])
        client_id = str(uuid.uuid4())
        other.on_arrival(client_id, _stopwatch(figures))
        if by_customer:
            await customer.say(client_id, line.text)
        else:
            await desk.say(view, client_id, line.text)
        played.client_ids.append(client_id)
        figures.accepted_at.append(time.monotonic())
        before = line
    await asyncio.gather(theirs.seen(played.client_ids[-1]), view.seen(played.client_ids[-1]))


def _of(customer: Customer) -> View:
    assert customer.view, "the conversation has begun"
    return customer.view


def _pause(before: Line, line: Line) -> float:
    """Seconds between two lines; a recording may step back in time, a person cannot."""
    return max(0.0, (line.at - before.at).total_seconds())


def _stopwatch(figures: Figures) -> Callable[[], None]:
    began = time.perf_counter()

    def arrived() -> None:
        figures.latency.append(time.perf_counter() - began)
        figures.arrived_at.append(time.monotonic())

    return arrived
