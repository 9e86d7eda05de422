"""A customer's visits one after another, and what they must find each time they come back."""

from dataclasses import dataclass, field

from chat.replay.customer import Customer
from chat.replay.errors import ReplayError, Unreachable
from chat.replay.figures import Figures
from chat.replay.play import found_past, play
from chat.replay.script import Talk
from chat.replay.seating import Seating
from chat.replay.verify import Played


@dataclass(slots=True)
class Visitor:
    """A customer of the recording: the browser they keep, what is to be said in it and what was."""

    customer: Customer
    talks: list[Talk]
    played: list[Played] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)


async def play_visits(visitor: Visitor, seating: Seating, figures: Figures, speed: float | None) -> None:
    """Play a customer's conversations in order. One that goes wrong is noted and the next one begins.

    Raises Unreachable when no server is left to go on with.
    """
    for talk in visitor.talks:
        try:
            await _visit(visitor, talk, seating, figures, speed)
        except Unreachable:
            raise
        except ReplayError as error:
            figures.failures.append(f"{talk.id}: {error}")


async def _visit(
    visitor: Visitor, talk: Talk, seating: Seating, figures: Figures, speed: float | None
) -> None:
    customer, played = visitor.customer, Played(talk, "")
    try:
        await customer.come()
        if visitor.played:
            figures.times_back += 1
            visitor.found.append(False)
            visitor.found[-1] = await found_past(customer, visitor.played)
            figures.times_found += visitor.found[-1]
        await customer.connect()
        with seating.desk(customer, talk.technician) as desk:
            await play(talk, customer, desk, figures, speed=speed, played=played)
    finally:
        if played.conversation:
            visitor.played.append(played)
            figures.played.append(played)
        await customer.leave()
