"""What waits, read from the database: the queue, mails, marks, and when the worker last did what."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterator
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import django
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.models import Conversation, Mail, MailState, Status, Work
from chat.once import Look
from customers.models import Outdated

#: Seconds for which the figures are good: however often they are asked for, the database is asked this often.
FRESH = 5.0
#: Seconds that an answer waits for a database that hangs, before it goes out without these figures.
PATIENCE = 2.0
#: Of the marks so many are counted: reading a million of them to learn that there are too many helps nobody.
MOST_MARKS = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the first does."""

    number: int
    since: datetime | None

    def seconds(self) -> float:
        """How long the first has waited; 0 when none waits."""
        return max(0.0, (datetime.now(UTC) - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class Rows:
    """One look: queue and mails that wait, mails given up, marks, time of the worker's last success by kind."""

    queue: Waiting
    mails: Waiting
    dead: int
    marks: int
    worked: dict[str, float] = field(default_factory=dict)


class Backlog(Collector):
    """These figures for /metrics. The same whichever process or machine is asked."""

    def collect(self) -> Iterator[Metric]:
        """Read at most once in FRESH seconds. While the database is away: only that it is."""
        rows = _rows()
        yield _gauge("rapport_database_up", "1 while the database answers.", float(rows is not None))
        yield from _build()
        if rows is None:
            return
        yield _gauge("rapport_queue_waiting_conversations", "Nobody has them yet.", rows.queue.number)
        yield _gauge(
            "rapport_queue_oldest_seconds", "How long the first of them has waited.", rows.queue.seconds()
        )
        yield _gauge("rapport_mail_waiting", "Mails that wait to be sent.", rows.mails.number)
        yield _gauge(
            "rapport_mail_oldest_seconds", "How long the first of them has waited.", rows.mails.seconds()
        )
        yield _gauge("rapport_mail_dead", "Mails given up in the last 30 days.", rows.dead)
        yield _gauge(
            "rapport_recognition_waiting_marks",
            f"Changes that are not findable yet, counted to {MOST_MARKS}.",
            rows.marks,
        )
        worked = GaugeMetricFamily(
            "rapport_worker_last_success_timestamp_seconds",
            "When a worker, in whichever process, last did this.",
            labels=["work"],
        )
        for work, at in rows.worked.items():
            worked.add_metric([work], at)
        yield worked


def read_rows() -> Rows | None:
    """One cheap, indexed query each; None while the database is away."""
    try:
        queue = Conversation.objects.filter(status=Status.WAITING)
        mails = Mail.objects.filter(state=MailState.WAITING)
        marks = Outdated.objects.order_by("id").values("id")[:MOST_MARKS]
        return Rows(
            queue=Waiting(*queue.aggregate(n=Count("id"), since=Min("waiting_since")).values()),
            mails=Waiting(*mails.aggregate(n=Count("id"), since=Min("at")).values()),
            dead=Mail.objects.filter(state=MailState.DEAD).count(),
            marks=marks.count(),
            worked={work: at.timestamp() for work, at in Work.objects.values_list("kind", "at")},
        )
    except (DatabaseError, InterfaceError):
        connection.close()
        return None


_look: Look[Rows | None] = Look("backlog", read_rows, FRESH)


def _rows() -> Rows | None:
    try:
        return _look.answer().result(PATIENCE)
    except Late:
        return None


@cache
def _version() -> str:
    try:
        return version("rapport")
    except PackageNotFoundError:  # run from its folder, as `make run` does
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
        return str(project["project"]["version"])


def _build() -> Iterator[Metric]:
    build = GaugeMetricFamily("rapport_build_info", "What runs here.", labels=list(_LABELS))
    storage = connection.vendor
    hub = "process" if settings.EMBEDDED else "redis"
    build.add_metric([_version(), platform.python_version(), django.get_version(), storage, hub], 1)
    yield build


_LABELS = ("version", "python", "django", "database", "hub")


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
