"""The path of a request as the log may show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\d{1,7}")
_WORD = re.compile(r"[\w.-]+")
#: Addresses that no pattern names.
_BESIDES = {"healthz", "readyz", "metrics", "static", "widget.js", "ws", "customer"}
#: More is nobody's path but an attacker's.
_MOST_PARTS = 12


def shown(path: str) -> str:
    """`path` with what stands in our own addresses, and ids; `*` for whatever else somebody may have put there."""
    parts = path.split("/")
    kept = [
        part if not part or part in _words() or _ID.fullmatch(part) else "*" for part in parts[:_MOST_PARTS]
    ]
    return "/".join(kept if len(parts) <= _MOST_PARTS else [*kept, "*"])


@cache
def _words() -> frozenset[str]:
    return frozenset(_BESIDES.union(*map(_words_in, _patterns(get_resolver()))))


def _patterns(resolver: URLResolver) -> Iterator[str]:
    for one in resolver.url_patterns:
        yield str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one)
        else:
            assert isinstance(one, URLPattern)


def _words_in(pattern: str) -> list[str]:
    return _WORD.findall(re.sub(r"<[^>]*>", "", pattern))
