"""Django's PostgreSQL backend, which waits for a connection no longer than its thread has patience, and keeps plans."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg import IsolationLevel

from chat import patience


class DatabaseOperations(operations.DatabaseOperations):
    """Knows the text of a statement also where only the name of its plan was sent."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """For logs: with its values, or without where they travelled apart."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """After a connection broke Django wants another at once, only to set it up: one more wait, unless we end it."""

    ops_class = DatabaseOperations
    _kept = False

    def kept_cursor(self) -> Any:
        """A cursor for statements whose text is always the same: asked five times, the server keeps their plan.

        Values travel beside the text, so the server has to know of which types they are: it is not for every statement.
        """
        self._kept = True
        try:
            return self.cursor()
        finally:
            self._kept = False

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django's, or one that has the server put the values in."""
        if not self._kept:
            return super().create_cursor(name)
        connection: Any = self.connection
        usual = connection.cursor_factory
        connection.cursor_factory = base.ServerBindingCursor
        try:
            return super().create_cursor(name)
        finally:
            connection.cursor_factory = usual

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection from the pool. Raises OperationalError when there is none in time."""
        left = patience.left()
        pool: Any = self.pool
        if left is None or pool is None or "isolation_level" in self.settings_dict["OPTIONS"]:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        pool.open()
        return pool.getconn(timeout=min(left, pool.timeout))
