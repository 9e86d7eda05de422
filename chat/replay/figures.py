"""What a replay counts, and the table it ends with."""

from array import array
from dataclasses import dataclass, field

from tabulate import tabulate

from chat.replay.verify import Played


@dataclass(slots=True)
class Figures:
    """Everything known so far; durations in seconds. The sets hold (conversation, message).

    `failures` are conversations that could not be played or read; `stopped` says why the replay ended early.
    What ends in `_at` are moments (clock of time.monotonic): when messages were accepted; when they reached the
    other side, one for each `latency`; when connections were lost; when HTTP calls were made once more.
    """

    conversations: int = 0
    people_back: int = 0
    times_back: int = 0
    people_found: int = 0
    times_found: int = 0
    playing: float = 0.0
    checking: float = 0.0
    checked: bool = False
    latency: "array[float]" = field(default_factory=lambda: array("d"))
    accepted_at: "array[float]" = field(default_factory=lambda: array("d"))
    arrived_at: "array[float]" = field(default_factory=lambda: array("d"))
    lost_at: "array[float]" = field(default_factory=lambda: array("d"))
    tried_again_at: "array[float]" = field(default_factory=lambda: array("d"))
    queue_latency: "array[float]" = field(default_factory=lambda: array("d"))
    lost: set[tuple[str, str]] = field(default_factory=set)
    doubled: set[tuple[str, str]] = field(default_factory=set)
    disordered: set[tuple[str, str]] = field(default_factory=set)
    strange: set[tuple[str, str]] = field(default_factory=set)
    played: list[Played] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopped: str = ""

    @property
    def messages(self) -> int:
        """How many were accepted."""
        return len(self.accepted_at)

    @property
    def reconnects(self) -> int:
        """How often connections were lost, and made again."""
        return len(self.lost_at)

    @property
    def good(self) -> bool:
        """True when all was played and read back, and nothing is missing, double or out of order."""
        bad = self.lost or self.doubled or self.disordered or self.strange or self.failures
        return self.checked and not self.stopped and not bad and self.times_found == self.times_back

    def table(self) -> str:
        """The figures as a table for people."""
        p50, p95, p99 = (percentile(self.latency, share) * 1000 for share in (0.50, 0.95, 0.99))
        row50, row99 = (percentile(self.queue_latency, share) * 1000 for share in (0.50, 0.99))
        unchecked = "" if self.checked else " (not read back)"
        rows: list[tuple[str, object]] = [
            ("conversations", self.conversations),
            ("messages", self.messages),
            ("returners", f"{self.people_back} people, {self.times_back} times"),
            ("returners who found their past", f"{self.people_found} people, {self.times_found} times"),
            ("lost", f"{len(self.lost)}{unchecked}"),
            ("doubled", f"{len(self.doubled)}{unchecked}"),
            ("out of order", f"{len(self.disordered)}{unchecked}"),
            ("to the other side, p50 / p95 / p99", f"{p50:.1f} / {p95:.1f} / {p99:.1f} ms"),
            ("first message to the queue, p50 / p99", f"{row50:.1f} / {row99:.1f} ms"),
            ("messages/s", f"{self.messages / self.playing:.0f}" if self.playing else "0"),
            ("seconds", f"{self.playing:.1f} playing, {self.checking:.1f} reading back"),
        ]
        if self.reconnects:
            rows.append(("reconnections", self.reconnects))
        if self.tried_again_at:
            rows.append(("HTTP calls made once more", len(self.tried_again_at)))
        if self.strange:
            rows.append(("messages that nobody sent", len(self.strange)))
        if self.failures:
            rows.append(("conversations that went wrong", len(self.failures)))
        return tabulate(rows, tablefmt="simple", disable_numparse=True)


def percentile(values: "array[float]", share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
