"""Figures for Prometheus (docs/monitoring.md). Anything may count here; this room imports nothing else of `chat`."""

from chat.metrics.processes import process_ended

__all__ = ["process_ended"]
