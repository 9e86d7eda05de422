"""Processor time and memory of server processes, and a line about the machine."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

import psutil


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


def machine() -> str:
    """Cores, memory and the versions that matter."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("django", "channels", "daphne", "uvicorn"))
    cores = os.cpu_count()
    return f"{cores} cores, {memory:.0f} GiB; Python {platform.python_version()}, {packages}, SQLite {sqlite3.sqlite_version}"
