"""A server whose hub treats frames badly: `deaf.py MODE[,MODE …]`. Started instead of `manage.py serve`.

What a hub may do, and nobody may be the worse for it: `swallow` everything (towards other processes, and every event
here), lose `half`, tell `double`, `shuffle`. What breaks a promise, so that a test can show that it would notice:
`no-feed` (the sweep finds what was missed and says nothing), `no-heads` (heartbeats without heads), `no-return`
(a connection to Redis that was cut stays cut). The product knows nothing of it.

Rows of the queue always reach the consoles of this very process: that is a function call, not a message. It says how
much it has done to frames.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

LATEST = 0.3  # seconds by which a shuffled frame may be late

Publish = Callable[[Any, Any, str, Any], None]


def swallow(publish: Publish) -> Publish:
    """Nothing gets through."""
    return lambda hub, topics, text, mark: None


def half(publish: Publish) -> Publish:
    """Every second one, by chance, is lost."""
    return lambda hub, topics, text, mark: publish(hub, topics, text, mark) if random.random() < 0.5 else None


def double(publish: Publish) -> Publish:
    """Everything comes twice, the second time a little later."""

    def twice(hub: Any, topics: Any, text: str, mark: Any) -> None:
        publish(hub, topics, text, mark)
        asyncio.get_running_loop().call_later(random.random() * LATEST, publish, hub, topics, text, mark)

    return twice


def shuffle(publish: Publish) -> Publish:
    """Everything comes late, in another order."""

    def later(hub: Any, topics: Any, text: str, mark: Any) -> None:
        asyncio.get_running_loop().call_later(random.random() * LATEST, publish, hub, topics, text, mark)

    return later


FRAMES: dict[str, Callable[[Publish], Publish]] = {
    "swallow": swallow,
    "half": half,
    "double": double,
    "shuffle": shuffle,
}


def treat(mode: str) -> None:
    """Let the hub treat frames so."""
    from chat.hub.hub import Hub

    well: Publish = Hub.publish
    badly = FRAMES[mode](well)

    def publish(self: Hub, topics: Any, text: str, mark: Any = None) -> None:
        if tuple(topics) == ("consoles",):
            self.deliver(topics, text)
            kept, self.deliver = self.deliver, lambda *_: None  # type: ignore[method-assign]
            badly(self, topics, text, mark)
            self.deliver = kept  # type: ignore[method-assign]
        else:
            badly(self, topics, text, mark)
        print(f"{mode} {text[:60]}", file=sys.stderr, flush=True)

    Hub.publish = publish  # type: ignore[method-assign]


def no_feed() -> None:
    """The sweep keeps to itself what it finds."""
    from chat.consumers import heads

    async def keep_quiet(*_: Any) -> None:
        pass

    assert callable(heads._feed), "the sweep has changed: break it in another place"
    assert callable(heads._tell_head)
    heads._feed = keep_quiet  # type: ignore[assignment]
    heads._tell_head = lambda *_: None


def no_heads() -> None:
    """Heartbeats say nothing of any log."""
    from chat.consumers.console import ConsoleSocket
    from chat.consumers.customer import CustomerSocket

    for kind in (ConsoleSocket, CustomerSocket):
        kind.heads = lambda self, heads: {}  # type: ignore[method-assign]


def no_return() -> None:
    """A connection to Redis that was lost is not made again."""
    from chat.hub.bus import Bus

    again = Bus._keep

    async def once(self: Bus, what: str, work: Callable[[Any], Any]) -> None:
        async def until_it_breaks(client: Any) -> None:
            try:
                await work(client)
            finally:
                await asyncio.Event().wait()

        await again(self, what, until_it_breaks)

    Bus._keep = once  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {"no-feed": no_feed, "no-heads": no_heads, "no-return": no_return}


def main(modes: str) -> None:
    """Break the hub, then serve."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.contrib.auth.hashers import Argon2PasswordHasher
    from django.core.management import execute_from_command_line

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 1024  # as in serve.py
    for mode in filter(None, modes.split(",")):
        if mode in MUTANTS:
            MUTANTS[mode]()
        else:
            treat(mode)
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main(sys.argv[1])
