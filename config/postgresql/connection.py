"""PostgreSQL connections that give up on a server that says nothing."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, OperationalError, errors

from chat import patience

#: Statements of which the server keeps the plan, in each connection. Of those that are asked all the time there are
#: about a hundred, some in several shapes; a plan that is pushed out costs more than it ever saved.
MOST_PLANS = 300


class Patient(Connection[Any]):
    """A connection whose statements end with the patience of their thread (`chat.patience`).

    Settings of the server and of TCP do not help against a server that is frozen: its kernel goes on to acknowledge
    what we send. What was sent may still be carried out when it wakes, a COMMIT too: its fate is unknown, and whoever
    asked is told to try again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared_max = MOST_PLANS

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """As everywhere in psycopg. Raises OperationalError, with the connection closed, when patience has run out."""
        left = patience.left()
        if left is None:
            return super().wait(gen, *args, **kwargs)
        try:
            return super().wait(gen, *args, **{**kwargs, "timeout": left})
        except errors._WaitTimeout:
            self.pgconn.finish()  # an answer that comes later must never be taken for that of another statement
            raise OperationalError("the database did not answer in time") from None
