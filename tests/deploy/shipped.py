"""What stands in deploy/ and docs/, taken apart."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from tests.test_docs import SETTINGS, first_words
from tools.environment import ROOT

DEPLOY = ROOT / "deploy"
DOCKER = DEPLOY / "docker"
SYSTEMD = DEPLOY / "systemd"
NGINX = DEPLOY / "nginx"
#: Every documented environment variable.
KNOWN = first_words(SETTINGS)


def compose() -> dict[str, Any]:
    """compose.yaml with its anchors put in."""
    loaded: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return loaded


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, its arguments on one line), in order."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    whole = re.sub(r"\\\n\s*", "", text)
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in whole.splitlines() if line.strip()]


def unit(name: str) -> list[tuple[str, str, str]]:
    """(section, key, value) of a systemd unit, in order; a key may come more than once."""
    found, section = [], ""
    for line in (SYSTEMD / name).read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            found.append((section, key, value))
    return found


def settings_in(name: str) -> dict[str, str]:
    """The variables of an environment file, those that are commented out too."""
    text = (DEPLOY / name).read_text()
    return dict(re.findall(r"^#?([A-Z][A-Z_]*)=(.*)$", text, re.MULTILINE))


def command_after_manage(words: str) -> list[str]:
    """What follows `manage.py` in a command line, as words."""
    return shlex.split(words.partition("manage.py")[2], comments=True)


def seconds(span: str) -> int:
    """`40s`, `2m` or `40`, in seconds."""
    number, unit = re.fullmatch(r"(\d+)([sm]?)", span).groups()  # type: ignore[union-attr]
    return int(number) * {"": 1, "s": 1, "m": 60}[unit]


def default_of(setting: str) -> float:
    """The documented default of a number among the settings."""
    found = re.search(rf"^\| `{setting}` \| ([\d.]+) \|", SETTINGS, re.MULTILINE)
    assert found, setting
    return float(found[1])
