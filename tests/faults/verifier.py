"""What became of every message: recomputed from what clients were told, what they hold, and the database.

Any fault test can use it: keep a `Sender` for whoever sends and a `Holder` for whoever reads, call `verify`,
and `show` the outcome. A text that stands there more often than anybody was told `accepted` for it is doubled; what
was not accepted, because its sender was cut off, may be there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tabulate import tabulate

from tests.faults.ledger import Ledger

Said = list[tuple[str, str]]

HEADINGS = (
    *("scenario", "database", "faults", "sent", "accepted", "lost", "doubled", "holes", "out of order"),
    *("left behind", "reconnects"),
)


@dataclass(slots=True)
class Sender:
    """One who sends into a conversation, one message at a time: what was sent, what was accepted, in order."""

    name: str
    conversation: str
    sent: int = 0
    accepted: Said = field(default_factory=list)


@dataclass(slots=True)
class Holder:
    """One who reads a conversation: `(client_id, text)` of everything it holds, in its order."""

    name: str
    conversation: str
    for_customer: bool
    said: Said


@dataclass(slots=True)
class Outcome:
    """What a run came to. `lost` and everything after it should be empty or 0."""

    scenario: str = ""
    database: str = ""
    kills: int = 0
    sent: int = 0
    accepted: int = 0
    reconnects: int = 0
    #: How often connections ended with which code.
    closes: Counter[int] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    holes: int = 0
    disordered: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """This run as a line under HEADINGS. Who is unlike the database is behind it, in whichever way."""
        behind = len(set(self.left_behind) | set(self.unlike))
        figures = (self.kills, self.sent, self.accepted, len(self.lost), len(self.doubled), self.holes)
        return [
            *(self.scenario, self.database),
            *map(str, (*figures, len(self.disordered), behind, self.reconnects)),
        ]

    def assert_clean(self) -> None:
        """Nothing lost, doubled, missing or out of order, and everybody holds the same."""
        assert self.accepted, "nothing was accepted: nothing was shown"
        assert not self.lost
        assert not self.doubled
        assert not self.holes
        assert not self.disordered
        assert not self.unlike
        assert not self.left_behind


#: The lines of this process's runs, in order; tests/faults/conftest.py prints them all at the end.
shown: list[list[str]] = []


def verify(
    outcome: Outcome, ledgers: Mapping[str, Ledger], senders: Iterable[Sender], holders: Iterable[Holder] = ()
) -> Outcome:
    """Fill in the account: what each sender was told against the rows, what each holder has against them too."""
    senders = list(senders)
    for sender in senders:
        rows = ledgers[sender.conversation].messages(for_customer=False)
        outcome.sent += sender.sent
        outcome.accepted += len(sender.accepted)
        by_id = dict(rows)
        outcome.lost += [key for key, text in sender.accepted if by_id.get(key) != text]
        place = {key: number for number, (key, _text) in enumerate(rows)}
        places = [place[key] for key, _text in sender.accepted if key in place]
        if places != sorted(places):
            outcome.disordered.append(f"{sender.name} in {sender.conversation}")
    said: dict[str, Counter[str]] = {}
    for sender in senders:
        said.setdefault(sender.conversation, Counter()).update(text for _key, text in sender.accepted)
    for conversation, wanted in said.items():
        rows = ledgers[conversation].messages(for_customer=False)
        ids, texts = Counter(key for key, _text in rows), Counter(text for _key, text in rows)
        outcome.doubled += [key for key, count in ids.items() if count > 1]
        # A message sent once more under another id is there too often by its text.
        outcome.doubled += [text for text, count in texts.items() if count > max(1, wanted[text])]
        outcome.holes += ledgers[conversation].holes()
    for holder in holders:
        if holder.said != ledgers[holder.conversation].messages(for_customer=holder.for_customer):
            outcome.left_behind.append(f"{holder.name} of {holder.conversation}")
    return outcome


def show(outcome: Outcome) -> Outcome:
    """Print the run's table, and keep its line for the one at the end."""
    shown.append(outcome.row())
    print(table([outcome.row()]))
    for what in (outcome.lost, outcome.doubled, outcome.disordered, outcome.unlike, outcome.left_behind):
        if what:
            print(what[:5])
    return outcome


def table(rows: Iterable[list[str]]) -> str:
    """The rows under their headings."""
    return tabulate(list(rows), headers=HEADINGS, tablefmt="github")
