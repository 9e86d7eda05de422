"""The product's commands, as a person would type them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.installation import Installation
from tools.environment import ROOT

#: Runs commands one after the other in one process: starting Python and Django takes longer than most of them.
_PROGRAM = """
import importlib, io, json, sys
import django
django.setup()
for name in json.loads(sys.argv[2]):
    importlib.import_module(f"tests.faults.{name}").spoil()
from django.core.management import CommandError, call_command
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    try:
        call_command(*words, stdout=said)
        print(json.dumps([True, said.getvalue()]))
    except CommandError as refused:
        print(json.dumps([False, str(refused)]))
"""


def run(installation: Installation, *commands: list[object], spoilt: str = "") -> list[tuple[bool, str]]:
    """Commands with the settings of an installation, nobody at the keyboard: whether each went well, and what it said.

    A refusal is a sentence; anything else that a command raises fails the test. `spoilt`: a module of tests/faults
    that spoils them.
    """
    spoiling = json.dumps([spoilt] if spoilt else [])
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
    }
    done = subprocess.run(
        [
            *(sys.executable, "-c", _PROGRAM),
            *(json.dumps([[str(word) for word in words] for words in commands]), spoiling),
        ],
        cwd=ROOT,
        env={**inherited, "DJANGO_SETTINGS_MODULE": "config.settings", **installation.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told: list[tuple[bool, str]] = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    return told


def manage(installation: Installation, *words: object) -> str:
    """One command, which has to go well; what it printed."""
    [(good, said)] = run(installation, list(words))
    assert good, said
    return said


def refusals(installation: Installation, *commands: list[object]) -> list[str]:
    """Commands which have to be refused; in which sentences."""
    told = run(installation, *commands)
    assert not any(good for good, _ in told), told
    return [said for _, said in told]
