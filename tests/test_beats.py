"""Heartbeats: everybody gets theirs in time, and nobody is looked at before."""

from __future__ import annotations

from typing import Any

import pytest

from chat.consumers.beats import Beats


class Peer:
    """All that is known of a socket here."""

    beat = 0


@pytest.fixture
def beats(settings: Any) -> Beats:
    settings.RAPPORT = {**settings.RAPPORT, "HEARTBEAT": 20.0}
    return Beats()


def test_each_is_due_once_about_a_heartbeat_after_it_was_added(beats: Beats) -> None:
    peers: list[Any] = [Peer() for _ in range(200)]
    for peer in peers:
        beats.add(peer, 1000.0)
    assert beats.every == 1.0
    assert beats.take(1014.9) == []
    first = beats.take(1020.0)
    assert 0 < len(first) < len(peers)
    rest = beats.take(1024.0)
    assert sorted(map(id, first + rest)) == sorted(map(id, peers))
    assert beats.take(5000.0) == []


def test_one_who_has_left_is_never_due(beats: Beats) -> None:
    peers: list[Any] = [Peer(), Peer(), Peer()]
    for peer in peers[:2]:
        beats.add(peer, 1000.0)
    for peer in peers[1:]:
        beats.remove(peer)
    assert beats.take(1100.0) == peers[:1]
    beats.remove(peers[0])


def test_short_heartbeats_are_looked_for_more_often(settings: Any) -> None:
    settings.RAPPORT = {**settings.RAPPORT, "HEARTBEAT": 0.5}
    short = Beats()
    peer: Any = Peer()
    short.add(peer, 1000.0)
    assert short.every == 0.1
    assert (short.take(1000.25), short.take(1000.65)) == ([], [peer])
