"""Processor time and memory of server processes, and a line about the machine."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

import psutil

#: Of a core: less than this is what a server does when nobody speaks.
CALM = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds of processor time so far, bytes of memory now, and when (clock of time.monotonic)."""

    cpu: float
    memory: int
    at: float


def read(pids: Iterable[int]) -> Reading:
    """What the processes and their children have used."""
    cpu, memory = 0.0, 0
    for pid in pids:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            times = process.cpu_times()
            cpu += times.user + times.system
            memory += process.memory_info().rss
    return Reading(cpu, memory, time.monotonic())


async def calm(pids: list[int], most: float = 15) -> None:
    """Return when the processes have little left to do from what came before, at latest after `most` seconds."""
    end = time.monotonic() + most
    while time.monotonic() < end:
        before = read(pids)
        await asyncio.sleep(0.5)
        after = read(pids)
        if after.cpu - before.cpu < CALM * (after.at - before.at):
            return


def machine() -> str:
    """Cores, memory and the versions that matter."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("django", "channels", "daphne", "uvicorn", "uvloop")
    )
    cores = os.cpu_count()
    return f"{cores} cores, {memory:.0f} GiB; Python {platform.python_version()}, {packages}, SQLite {sqlite3.sqlite_version}"
