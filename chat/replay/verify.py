"""Compares what a server holds of a conversation with what was said in it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chat.replay.script import Side, Talk

Frame = dict[str, Any]


@dataclass(slots=True)
class Played:
    """A conversation as it was played: `client_ids` are those of its lines, in order, as far as it came."""

    talk: Talk
    conversation: str
    client_ids: list[str] = field(default_factory=list)

    def said(self) -> list[tuple[str, Side, str]]:
        """`(client_id, side, text)` of every message the server has accepted."""
        lines = zip(self.client_ids, self.talk.lines, strict=False)
        return [(client_id, line.side, line.text) for client_id, line in lines]


@dataclass(slots=True)
class Findings:
    """What differs; the lists hold client ids. Empty lists mean: word for word, once, in order."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.disordered or self.strange)


def compare(said: list[tuple[str, Side, str]], events: list[Frame]) -> Findings:
    """Hold the server's events against what was accepted.

    A message whose words or author differ counts as lost. A hole or a step back in the numbers counts as
    out of order, like a message that stands before one that was accepted earlier. A message that nobody
    of ours sent is `strange`.
    """
    findings = Findings()
    place = {client_id: number for number, (client_id, _side, _text) in enumerate(said)}
    times: Counter[str] = Counter()
    furthest = -1
    for number, event in enumerate(events, start=1):
        if event["seq"] != number:
            findings.disordered.append(f"number {event['seq']} where {number} should be")
        if event["kind"] != "message":
            continue
        message = event["message"]
        client_id = message.get("client_id") or message["id"]
        times[client_id] += 1
        if client_id not in place:
            findings.strange.append(client_id)
            continue
        position = place[client_id]
        if (event["by"]["kind"], message["text"]) != said[position][1:]:
            findings.lost.append(client_id)
        if position < furthest:
            findings.disordered.append(client_id)
        furthest = max(furthest, position)
    findings.lost += [client_id for client_id in place if not times[client_id]]
    findings.doubled += [client_id for client_id in place if times[client_id] > 1]
    return findings
