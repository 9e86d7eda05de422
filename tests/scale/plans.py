"""How the database would go about a statement, and whether that means reading a whole table that grows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection

from tests.scale.capture import Statement

#: Grow with what is on file. Not here: what an installation has a handful of, and queues that are worked off.
BIG = {
    *("chat_assignment", "chat_conversation", "chat_environment", "chat_event", "chat_mail", "chat_outcome"),
    *("chat_problem", "chat_problemvector", "chat_promise", "chat_readmarker"),
    *(
        "customers_auditentry",
        "customers_customer",
        "customers_device",
        "customers_grant",
        "customers_identifier",
    ),
    *(
        "customers_link",
        "customers_mailcode",
        "customers_matchkey",
        "customers_onetimelink",
        "customers_profile",
    ),
    *(
        "customers_resumekey",
        "customers_spenttoken",
        "customers_token",
        "customers_tokenkey",
        "customers_trait",
    ),
    *("customers_usedsignature", "customers_verdict", "customers_vouch"),
}
#: Indexes of what is under way: as long as the queue, however much is on file.
UNDER_WAY = {
    "conversation_queue",
    "conversation_mine",
    "conversation_open",
    "mail_dead",  # for thirty days
    "mail_due",
    "outcome_to_ask",
    "promise_open",
}
#: Index → the column it is sorted by first. With a condition on others alone all of it is read.
LEADING = (
    "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam"
    " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE m.amname = 'btree'"
)
#: Rows up to which a table is short.
SHORT = 20_000
_TABLE = re.compile(r"^SCAN (?:TABLE )?(\S+)(?: USING (?:COVERING )?INDEX (\S+))?")
_ALIAS = re.compile(r'"?((?:chat|customers|agents)_[a-z_]+)"? (?:AS )?"?([A-Za-z]\w*)"?')
_LIMIT = re.compile(r"\bLIMIT\b")
_WHERE = re.compile(r"\bWHERE\b")
_numbers = count()


def faults_of(statement: Statement, *, forced: bool = True) -> list[str]:
    """What is wrong with its plan; [] for one that goes by indexes all the way.

    Not `forced` (see `as_if_big`), a table of few rows may be read as a whole: that is quicker.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.values)
            found = cursor.fetchone()[0]
            cursor.execute("SELECT relname FROM pg_class WHERE reltuples BETWEEN 0 AND %s", [SHORT])
            short = {row[0] for row in cursor.fetchall()} if not forced else set()
            cursor.execute(LEADING)
            leading = dict(cursor.fetchall())
        plan = json.loads(found) if isinstance(found, str) else found
        return list(_walk(plan[0]["Plan"], BIG - short, leading, limited=False))
    with connection.cursor() as cursor:
        # A text of its own: a plan that is kept from before is not made anew, although an index has gone since.
        cursor.execute(f"EXPLAIN QUERY PLAN /* {next(_numbers)} */ {statement.text}", statement.values)
        details = [row[3] for row in cursor.fetchall()]
    return list(_scans(statement, details))


def _walk(node: dict[str, Any], big: set[str], leading: dict[str, str], *, limited: bool) -> Iterator[str]:
    """PostgreSQL: every node that goes through all of a big table or of an index of it."""
    kind, table = node["Node Type"], node.get("Relation Name")
    index = node.get("Index Name", "")
    limited = (limited or kind == "Limit") and kind not in {"Sort", "Aggregate", "WindowAgg", "Hash"}
    whole = limited and "Filter" not in node
    if kind == "Seq Scan" and table in big and not whole:
        yield f"Seq Scan on {table} {node.get('Filter', '')}"
    elif kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"} and index not in UNDER_WAY:
        leads = re.search(rf"\b{leading.get(index, '')}\b", node.get("Index Cond", "")) is not None
        ends = whole and "Index Cond" not in node
        if (table in big or kind == "Bitmap Index Scan") and not ends and not leads:
            yield f"{kind} of all of {index} {table or ''} {node.get('Filter', '')}"
    for part in node.get("Plans", []):
        yield from _walk(part, big, leading, limited=limited)


def _scans(statement: Statement, details: list[str]) -> Iterator[str]:
    """SQLite: every SCAN of a big table that no LIMIT ends."""
    names = {alias: table for table, alias in _ALIAS.findall(statement.text)}
    sorts = any(detail.startswith("USE TEMP B-TREE") for detail in details)
    # With a condition, a LIMIT may look for its rows to the end of the table.
    ends = bool(_LIMIT.search(statement.text)) and not sorts and not _WHERE.search(statement.text)
    for detail in details:
        found = _TABLE.match(detail)
        if found and names.get(found[1], found[1]) in BIG and found[2] not in UNDER_WAY and not ends:
            yield detail


#: What makes PostgreSQL choose by the rows it has to look at, as it does when there are many: no page costs anything,
#: and an index is preferred wherever there is one.
BY_ROWS = {
    **{"enable_seqscan": "off", "enable_mergejoin": "off", "seq_page_cost": "0", "random_page_cost": "0"},
    **{"cpu_tuple_cost": "1", "cpu_index_tuple_cost": "1", "cpu_operator_cost": "0.0001", "jit": "off"},
}


@contextmanager
def as_if_big() -> Iterator[None]:
    """Small tables are planned for as big ones are: PostgreSQL goes through a table only if no index leads anywhere.

    SQLite does so anyway, having no statistics.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for name, value in BY_ROWS.items():
            cursor.execute(f"SET {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name in BY_ROWS:
                cursor.execute(f"RESET {name}")
