"""The documentation says what the code does, as far as a program can tell."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rest_framework.views import APIView

from chat.api.urls import urlpatterns
from chat.consumers import codes as closing_codes
from chat.consumers.console import ConsoleSocket
from chat.consumers.customer import CustomerSocket
from chat.errors import Problem
from chat.models import EventKind
from tools.environment import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()

# Put together here so that this file does not contain what it looks for.
FORBIDDEN = re.compile(
    r"(?<![\w.-])/(?:work|root|farm|home)/[a-z.]"
    + r"|\.\."
    + r"/shared|\bTO"
    + r"DO\b|\bFIX"
    + r"ME\b|localhost:\d{5}"
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Of the machine, not of ours.
NOT_OURS = {"PATH", "HOME"}
READER = re.compile(
    r"environ\.(get|setdefault)$|getenv$|env\.str$|\b(number|whole|flag|words|web_address|folder)$"
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def section(text: str, heading: str) -> str:
    """The text under a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {heading!r}"
    return found[1]


def first_words(table: str) -> set[str]:
    """What stands in backticks at the beginning of a table's rows."""
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def trees(*folders: str) -> Iterator[ast.AST]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ast.walk(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    nowhere = []
    for target in LINK.findall(FENCE.sub("", path.read_text())):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if re.match(r"[a-z]+:", target):
            continue
        if not there.is_file() or (anchor and anchor not in anchors(there)):
            nowhere.append(target)
    assert nowhere == []


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_nothing_of_the_machine_and_nothing_unfinished(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        assert not FORBIDDEN.search(line), f"line {number}: {line}"


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_json_examples_are_json(path: Path) -> None:
    decoder = json.JSONDecoder()
    for language, block in FENCE.findall(path.read_text()):
        rest = block.strip() if language == "json" else ""
        while rest:
            value, end = decoder.raw_decode(rest)
            assert isinstance(value, dict), rest
            rest = rest[end:].strip()


def test_every_documentation_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.suffix != ".md" or not path.exists():
            continue
        seen.add(path)
        targets = (target.partition("#")[0] for target in LINK.findall(path.read_text()))
        waiting += [(path.parent / target).resolve() for target in targets if target and ":" not in target]
        if path.parent.name == "decisions":  # numbered: the next one is found beside it
            waiting += path.parent.glob("*.md")
    assert not set(DOCS) - seen


def test_every_frame_a_client_may_send_is_documented_and_no_other() -> None:
    documented = first_words(section(PROTOCOL, "Frames from the client"))
    assert documented == set(CustomerSocket.handlers) | set(ConsoleSocket.handlers)


def test_frames_of_one_side_stand_with_that_side() -> None:
    both, customer, console = re.split(
        r"^(?:Customer|Console)'s socket only:$",
        section(PROTOCOL, "Frames from the client"),
        flags=re.MULTILINE,
    )
    assert first_words(both) | first_words(customer) == set(CustomerSocket.handlers)
    assert first_words(both) | first_words(console) == set(ConsoleSocket.handlers)


def test_every_frame_the_server_sends_is_documented_and_no_other() -> None:
    sent = {
        value.value
        for node in trees(
            "chat/consumers", "chat/payloads", "chat/queue", "chat/recall", "chat/selectors", "chat/services"
        )
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type"
        if isinstance(value, ast.Constant) and not str(value.value).startswith("websocket.")
    }
    assert sent == first_words(section(PROTOCOL, "Frames from the server"))


def test_every_kind_of_event_is_documented_and_no_other() -> None:
    assert first_words(section(PROTOCOL, "Events")) == set(EventKind.values)


def test_every_error_and_close_code_is_documented_and_no_other() -> None:
    def codes(problem: type[Problem]) -> set[str]:
        return {problem.code}.union(*(codes(one) for one in problem.__subclasses__()))

    errors = section(PROTOCOL, "Errors and close codes")
    assert codes(Problem) == first_words(errors)
    closing = {
        value for value in vars(closing_codes).values() if isinstance(value, int) and 4000 <= value < 5000
    }
    assert closing == {int(code) for code in re.findall(r"^\| (4\d{3}) \|", errors, re.MULTILINE)}


def calls() -> set[tuple[str, str]]:
    """(method, path) of everything below /api/ that is not a page."""
    found: set[tuple[str, str]] = set()
    for pattern in urlpatterns:
        view: type[APIView] = getattr(pattern.callback, "view_class")  # noqa: B009  (not in its type)
        path = re.sub(r"<uuid:\w+>", "{id}", str(pattern.pattern))
        own = view.__module__.startswith("chat.api")
        for method in ("get", "post", "put", "patch", "delete"):
            if own and path != "docs/" and hasattr(view, method):
                found.add((method.upper(), path.removeprefix("widget/v1/")))
    return found


def test_every_call_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) ([^`?]+)", PROTOCOL, re.MULTILINE)
    assert {(method, path.removeprefix("/api/").rstrip()) for method, path in rows} == calls()


def variables(*folders: str) -> set[str]:
    """The environment variables read in these folders."""
    names = set()
    for node in trees(*folders):
        if isinstance(node, ast.Call) and node.args and READER.search(ast.unparse(node.func)):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names.add(first.value)
    return names - NOT_OURS


def test_every_environment_variable_is_documented() -> None:
    read = variables("config", "chat", "agents", "customers", "tools")
    assert {"PORT", "DATABASE_URL", "DATABASE_POOL", "SECRET_KEY", "CHROMIUM"} <= read, (
        "the search finds them"
    )
    assert read - first_words(SETTINGS) == set()


def test_every_documented_limit_has_the_default_and_the_range_of_the_code() -> None:
    documented = re.findall(
        r"^\| `([A-Z_]+)` \| ([\d.]+) \| [^|]+ \| ([\d.,]+) – ([\d.,]+) \|", SETTINGS, re.MULTILINE
    )
    coded = {}
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"number", "whole"}:
            bounds = {keyword.arg: _value(keyword.value) for keyword in node.keywords}
            coded[_value(node.args[0])] = (_value(node.args[1]), bounds["least"], bounds["most"])
    assert len(documented) >= 10
    for name, *figures in documented:
        assert tuple(float(figure.replace(",", "")) for figure in figures) == coded[name], name


def _value(expression: ast.expr) -> object:
    return eval(compile(ast.Expression(expression), "settings", "eval"), {"__builtins__": {}})
