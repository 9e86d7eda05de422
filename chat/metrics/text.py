"""What /metrics answers, put together."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from chat.metrics import (
    figures,  # noqa: F401  (registers them)
    processes,
)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

#: Of the library's figures about processes, those that make sense as a sum.
_SUMMED = {
    *("process_cpu_seconds", "process_resident_memory_bytes", "process_virtual_memory_bytes"),
    "process_open_fds",
}


def text(*more: Collector) -> bytes:
    """All figures, those of all processes of this machine added up, and what `more` collects."""
    folder = processes.folder()
    everything = CollectorRegistry()
    if folder is None:
        counted = generate_latest(REGISTRY)
    else:
        everything.register(_Processes(processes.living()))
        counted = _of_all(folder)
    for one in more:
        everything.register(one)
    return counted + generate_latest(everything)


def _of_all(folder: Path) -> bytes:
    for _ in range(3):
        registry = CollectorRegistry()
        registry.register(PLATFORM_COLLECTOR)
        try:
            MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        except (OSError, struct.error, ValueError):
            continue  # a process that starts or ends was just making or removing its file
    return b""


class _Processes(Collector):
    """Processor time, memory and files of several processes, as the library reads those of its own."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids

    def collect(self) -> Iterator[Metric]:
        """Sums by name."""
        sums: dict[str, float] = defaultdict(float)
        known: dict[str, Metric] = {}
        for pid in self._pids:
            for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                if metric.name in _SUMMED:
                    known[metric.name] = metric
                    sums[metric.name] += sum(sample.value for sample in metric.samples)
        for name, metric in known.items():
            family = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
            yield family(name, metric.documentation, value=sums[name])
        yield GaugeMetricFamily(
            "rapport_processes", "Server processes on this machine.", value=len(self._pids)
        )


REGISTRY.unregister(GC_COLLECTOR)  # of use to whoever works on a collector, and twelve lines
