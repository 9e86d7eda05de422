"""Is the process alive; may it be sent work."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from chat import draining
from chat.memory import reachable

_migrated = False


def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the event loop turns and a thread can be had."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer and nothing is left to migrate; 503 with what is missing, or draining."""
    parts = {
        "draining": not draining.begun(),
        "database": _database(),
        "migrations": _migrations(),
        "redis": reachable(),
    }
    missing = [name for name, good in parts.items() if not good]
    return JsonResponse(
        {"status": "not ready" if missing else "ready", "missing": missing}, status=503 if missing else 200
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _migrations() -> bool:
    global _migrated
    if not _migrated:  # reading the graph is slow, and what is migrated stays so
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated
