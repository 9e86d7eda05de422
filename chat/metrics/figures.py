"""Every figure that is counted or measured as things happen. Seconds, bytes; every label has few values."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # the time at which a counter was made: twice the lines, and not known of several processes

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONNECTIONS = Gauge("rapport_connections", "Open sockets.", ["kind"], multiprocess_mode="livesum")
OPENED = Counter("rapport_connections_opened_total", "Sockets opened.", ["kind"])
REFUSED = Counter("rapport_connections_refused_total", "Handshakes refused with 403.", ["kind"])
CLOSED = Counter("rapport_connections_closed_total", "Sockets closed, by close code.", ["kind", "code"])

ACCEPTED = Counter("rapport_messages_accepted_total", "Messages and notes on disk and confirmed.", ["kind"])
ENTRIES = Counter("rapport_log_entries_total", "What became of what was given to the log.", ["result"])
LOG_WAITING = Gauge(
    "rapport_log_waiting_entries", "Entries that wait for a commit.", multiprocess_mode="livesum"
)
BATCH = Histogram(
    "rapport_commit_batch_entries",
    "Entries in one commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
COMMIT = Histogram("rapport_commit_seconds", "Time of one commit.", buckets=_SHORT)
DELIVERY = Histogram(
    "rapport_delivery_seconds",
    "From a commit until the last of its events was handed to the sockets of the same process.",
    buckets=_SHORT,
)

OUTBOX = Gauge("rapport_outbox_bytes", "What waits for all peers to take it.", multiprocess_mode="livesum")
OUTBOX_LARGEST = Gauge(
    "rapport_outbox_largest_bytes", "What waits for the slowest peer.", multiprocess_mode="livemax"
)

ERRORS = Counter("rapport_errors_total", "Refusals, by the protocol's code.", ["door", "code"])
REQUESTS = Histogram(
    "rapport_http_request_seconds",
    "Requests over HTTP, by class of status.",
    ["status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

POOL = Gauge(
    "rapport_database_connections",
    "Connections to PostgreSQL, by state.",
    ["state"],
    multiprocess_mode="livesum",
)
POOL_WAITING = Gauge(
    "rapport_database_waiting_requests",
    "Threads that wait for a connection to PostgreSQL.",
    multiprocess_mode="livesum",
)

TOPICS = Gauge("rapport_hub_topics", "Topics that somebody listens to.", multiprocess_mode="livesum")
FRAMES = Counter("rapport_hub_frames_total", "Frames to and from other processes.", ["what"])
HUB_WAITING = Gauge("rapport_hub_waiting_frames", "Frames that wait for Redis.", multiprocess_mode="livesum")
HUB_DELAY = Histogram(
    "rapport_hub_delay_seconds",
    "From handing a frame to the hub until it was heard over Redis: one a second, sent to oneself.",
    buckets=_SHORT,
)
HUB_UP = Gauge(
    "rapport_hub_up",
    "1 while frames come back over Redis.",
    ["hub"],  # so that there is none where there is no Redis
    multiprocess_mode="livemin",
)

UPKEEP = Histogram(
    "rapport_upkeep_seconds", "What a process does again and again: sweeps, heartbeats.", ["work"]
)
HEALED = Counter("rapport_sweep_events_total", "Events that a sweep found and that had not been heard of.")
LAG = Histogram(
    "rapport_event_loop_lag_seconds",
    "How much later than asked for the event loop turned to a timer.",
    buckets=_SHORT,
)
