"""/metrics as a test reads it."""

from __future__ import annotations

import asyncio

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.installation import Server

Figures = dict[str, float]


def read(text: str) -> Figures:
    """Sample with its labels, sorted, → value. Raises ValueError for what is not the text format."""
    figures: Figures = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            key = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert key not in figures, f"{key} stands there twice"
            figures[key] = sample.value
    return figures


async def scrape(server: Server) -> Figures:
    """What /metrics says now."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=20) as http:
        answer = await http.get(f"{server.url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)


async def calm(server: Server) -> Figures:
    """Figures of a moment at which nobody is connected any more."""
    for _ in range(100):
        figures = await scrape(server)
        if not any(number for name, number in figures.items() if name.startswith("rapport_connections{")):
            return figures
        await asyncio.sleep(0.1)
    raise AssertionError("somebody stays connected")


def grown(before: Figures, after: Figures, name: str) -> float:
    """By how much; what is not told yet is none."""
    return after.get(name, 0.0) - before.get(name, 0.0)
