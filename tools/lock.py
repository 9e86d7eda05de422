"""The lock files: every package of every supported Python, each with its hash, and no host's name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from tools.environment import DEVELOPMENT, ROOT, VENV, prepare, variables

OLDEST_PYTHON = "3.11"
CONSTRAINTS = "constraints.txt"


def make_locks() -> int:
    """Write requirements.txt, requirements-dev.txt held to it, and requirements-similar.txt; the exit status.

    Present versions are kept where they still fit; delete a lock file first to renew all of it.
    """
    prepare(DEVELOPMENT)
    return (
        _compile("requirements.txt", "-c", CONSTRAINTS)
        or _compile("requirements-dev.txt", "--group", "dev", "-c", "requirements.txt")
        or _compile("requirements-similar.txt", "--group", "similar", "--no-deps")
    )


def _compile(output: str, *arguments: str) -> int:
    source: Sequence[str] = () if "--group" in arguments else ("pyproject.toml",)
    options = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command = [
        *(str(VENV / "bin" / "uv"), "pip", "compile", "--quiet", *options),
        *("--python-version", OLDEST_PYTHON, *arguments, "-o", output, *source),
    ]
    status = subprocess.run(command, cwd=ROOT, env=variables(), stdout=subprocess.DEVNULL).returncode
    print(f"{output} {'is current' if status == 0 else 'could not be made'}.", file=sys.stderr)
    return status
