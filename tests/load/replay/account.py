"""What became of every message: the replay's own reading back, and the database itself."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from tabulate import tabulate

from chat.replay.verify import Played
from tests.faults.ledger import read_ledgers
from tests.faults.verifier import Outcome, Sender, verify
from tests.load.replay.course import Course, in_calm, longest_silence, slowest
from tests.load.replay.faults import FAULTS
from tests.support.installation import Installation


def in_database(installation: Installation, played: Iterable[Played]) -> Outcome:
    """Every message that was accepted against the rows; everybody waited for the one before, so the order is one."""
    senders = []
    for one in played:
        said = [(client_id, text) for client_id, _side, text in one.said()]
        if said:
            senders.append(Sender(one.talk.id, one.conversation, len(said), said))
    outcome = Outcome("replay", "PostgreSQL" if installation.database_url else "SQLite")
    return verify(outcome, read_ledgers(installation), senders)


def table_of_faults(course: Course) -> str:
    """How often each was done, and what people noticed; seconds are the longest of all times."""
    rows = []
    for name in FAULTS:
        blows = [blow for blow in course.blows if blow.name == name]
        if name not in course.faults:
            continue
        moments, figures = course.figures.accepted_at, course.figures
        rows.append(
            {
                "fault": name.replace("-", " "),
                "done": f"{len(blows)} of {course.faults.count(name)}",
                "mended after, s": _longest(blow.mended - blow.began for blow in blows),
                "nothing accepted for, s": _longest(longest_silence(moments, blow) for blow in blows),
                "slowest message, s": _longest(slowest(figures, blow) for blow in blows),
                "reconnections": sum(
                    blow.began <= moment <= blow.flowing for blow in blows for moment in figures.lost_at
                ),
            }
        )
    return tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True)


def table_of_messages(course: Course, outcome: Outcome) -> str:
    """What was said, and what is there of it."""
    figures = course.figures
    rows: list[list[object]] = [
        ["conversations, messages", f"{figures.conversations:,}, {figures.messages:,}"],
        ["returners", f"{figures.people_back} people, {figures.times_back} times"],
        ["returners who found their past", f"{figures.people_found} people, {figures.times_found} times"],
        ["read back by both sides: lost", len(figures.lost) if figures.checked else "not read back"],
        ["doubled, or sent by nobody", len(figures.doubled) + len(figures.strange)],
        ["out of order", len(figures.disordered)],
        ["in the database: accepted", f"{outcome.accepted:,}"],
        ["lost", len(outcome.lost)],
        ["doubled", len(outcome.doubled)],
        ["holes in the numbers", outcome.holes],
        ["conversations out of order", len(outcome.disordered)],
        ["conversations that went wrong", len(figures.failures)],
        ["reconnections, of them without a fault", _both(course, figures.lost_at)],
        ["HTTP calls made once more, of them without a fault", _both(course, figures.tried_again_at)],
        ["seconds", f"{figures.playing:.0f} playing, {figures.checking:.0f} reading back"],
    ]
    return tabulate(rows, headers=["what", "so many"], tablefmt="github", disable_numparse=True)


def shortcomings(course: Course, outcome: Outcome) -> list[str]:
    """Why the run shows nothing, or shows that something was lost, and what went wrong; none: everything held."""
    figures, short = course.figures, []
    if figures.stopped:
        short.append(f"ended early: {figures.stopped}")
    elif not figures.good:
        short.append("what was read back differs from what was accepted")
    if outcome.lost or outcome.doubled or outcome.holes or outcome.disordered:
        short.append("what is in the database differs from what was accepted")
    if outcome.accepted != figures.messages:
        short.append(f"{figures.messages} messages were accepted, and {outcome.accepted} looked for")
    if len(course.blows) < len(course.faults):
        short.append("the replay was over before every fault was done: play more, slower, or fewer rounds")
    return [*short, *figures.failures]


def _longest(seconds: Iterable[float]) -> str:
    return f"{max(seconds, default=0.0):.1f}"


def _both(course: Course, moments: array[float]) -> str:
    return f"{len(moments):,}, {in_calm(moments, course.blows):,}"
