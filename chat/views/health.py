"""Is the process alive; may it be sent work. Asked every few seconds, also while everything below hangs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from chat import draining
from chat.memory import reachable
from chat.once import Look
from chat.views.plain import Answer, json_answer

logger = logging.getLogger(__name__)

#: Seconds for which an answer of database or Redis is good: however many ask, they are asked once a second.
FRESH = 1.0
#: Seconds after which something that has not answered counts as away.
PATIENCE = 1.5

_migrated = False


async def healthz(scope: dict[str, Any]) -> Answer:
    """200 as long as the event loop turns. Where it is stuck there is no answer, which says the same."""
    return json_answer(200, {"status": "alive"})


async def readyz(scope: dict[str, Any]) -> Answer:
    """200 when database and Redis answer and nothing is left to migrate; 503 with what is missing, or draining.

    Takes no longer than PATIENCE, whatever hangs, and holds one thread for each of the two, however many ask.
    """
    missing = []
    if draining.begun():
        missing.append("draining")
    else:
        looks = {asyncio.wrap_future(look.answer()): every for every, look in LOOKS.items()}
        await asyncio.wait(looks, timeout=PATIENCE)
        for answer, parts in looks.items():
            missing += answer.result() if answer.done() else parts[:1]
    state = "not ready" if missing else "ready"
    return json_answer(503 if missing else 200, {"status": state, "missing": missing})


def _database() -> list[str]:
    return [part for part, good in (("database", _answers), ("migrations", _is_migrated)) if not good()][:1]


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Error:
        connection.close()
        return False


def _is_migrated() -> bool:
    global _migrated
    if not _migrated:  # reading the graph is slow, and what is migrated stays so
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Error:
            return False
    return _migrated


def _redis() -> list[str]:
    return [] if reachable() else ["redis"]


def _carefully(look: Callable[[], list[str]], part: str) -> Callable[[], list[str]]:
    def seen() -> list[str]:
        try:
            return look()
        except Exception:
            logger.exception("Whether we are ready could not be found out")
            return [part]

    return seen


#: What a look may find missing → the look.
LOOKS: dict[tuple[str, ...], Look[list[str]]] = {
    ("database", "migrations"): Look("ready: database", _carefully(_database, "database"), FRESH),
    ("redis",): Look("ready: redis", _carefully(_redis, "redis"), FRESH),
}
