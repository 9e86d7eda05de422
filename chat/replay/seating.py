"""Who sits where: accounts, their sockets, and which of them takes a conversation."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator

from chat.replay.customer import Customer
from chat.replay.door import Door
from chat.replay.errors import ReplayError
from chat.replay.technician import Account, Desk

# A technician's socket may send 20 frames a second; four conversations at full speed stay near that.
TALKS_PER_DESK = 4


class Seating:
    """The console sockets of all accounts, and a rule for spreading conversations over them.

    A technician of the recording keeps one account throughout. The socket is on another server than the
    customer's when there is more than one, so that every message has to cross; of those the least busy.
    """

    def __init__(self, desks: list[Desk], doors: list[Door]) -> None:
        self.desks = desks
        self._other = dict(zip(doors, doors[1:] + doors[:1], strict=True))
        self._accounts = list(dict.fromkeys(desk.account for desk in desks))
        self._seats: dict[str, Account] = {}

    @contextlib.contextmanager
    def desk(self, customer: Customer, technician: str) -> Iterator[Desk]:
        """The socket for a conversation of `customer` with a technician of the recording, while it lasts."""
        account = self._seats.setdefault(technician, self._accounts[len(self._seats) % len(self._accounts)])
        door = self._other[customer.door]
        fitting = (desk for desk in self.desks if desk.account is account and desk.door is door)
        desk = min(fitting, key=lambda one: one.busy)
        desk.busy += 1
        try:
            yield desk
        finally:
            desk.busy -= 1


@contextlib.asynccontextmanager
async def seated(
    usernames: list[str], password: str, doors: list[Door], *, concurrency: int, patience: float
) -> AsyncIterator[Seating]:
    """Log every account in once and open enough sockets for `concurrency` conversations on every server.

    Raises ReplayError when an account cannot log in or a console socket cannot be opened.
    """
    accounts = [Account(username, password, doors[0]) for username in usernames]
    for account in accounts:  # one after another: a wrong password is found with one try, not with many
        await account.cookie()
    each = math.ceil(concurrency / (TALKS_PER_DESK * len(accounts) * len(doors)))
    desks = [
        Desk(account, door, patience=patience) for _ in range(each) for door in doors for account in accounts
    ]
    try:
        await asyncio.gather(*(desk.link.open() for desk in desks))
        for desk in desks:
            await desk.account.go_online(desk)
        yield Seating(desks, doors)
    finally:
        for desk in desks:
            # Leaving must not hang on a server that has gone; presence there ends by itself.
            with contextlib.suppress(ReplayError, TimeoutError):
                async with asyncio.timeout(2):
                    await desk.account.go_back(desk)
        await asyncio.gather(*(desk.link.close() for desk in desks))
