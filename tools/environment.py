"""The project's own virtual environment, made from the lock files and renewed when they change."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("RAPPORT_VENV") or ROOT / ".venv").expanduser().absolute()
PYTHON = VENV / "bin" / "python"

RUNTIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")
#: Without the packages that these ask for: what Rapport needs of them stands in the lock.
SIMILAR = ("requirements-similar.txt",)

NEEDS_PIP = """Rapport installs its packages with pip (or uv), and neither is here.
  Debian, Ubuntu:  apt-get install python3-pip
  Fedora:          dnf install python3-pip
  Alpine:          apk add py3-pip"""


class SetupError(Exception):
    """The environment cannot be made; the text tells the person what to do."""


def prepare(locks: Sequence[str]) -> None:
    """Make the environment hold exactly-pinned packages of `locks`; immediate when it already does.

    Raises SetupError when there is no way to install or the installation fails.
    """
    if not _missing(locks):
        return
    with _one_at_a_time():
        missing = _missing(locks)
        if not missing:
            return
        started = time.monotonic()
        print(f"Installing into {VENV} (only when the lock files have changed) …", flush=True)
        _make_venv()
        _install(missing)
        for lock in missing:
            _stamp(lock).write_text(_fingerprint(lock))
        print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def variables(**more: str) -> dict[str, str]:
    """The environment variables of a process that runs inside the virtual environment, and `more`."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}
    }
    return {**inherited, "VIRTUAL_ENV": str(VENV), "PATH": path, **more}


def _missing(locks: Sequence[str]) -> list[str]:
    return [lock for lock in locks if not PYTHON.exists() or _read(_stamp(lock)) != _fingerprint(lock)]


def _stamp(lock: str) -> Path:
    return VENV / f".installed-{Path(lock).stem}"


def _fingerprint(lock: str) -> str:
    return hashlib.sha256(sys.version.encode() + (ROOT / lock).read_bytes()).hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """`make run` in one terminal and `make test` in another may both be the first."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with open(VENV.with_name(VENV.name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_venv() -> None:
    """An environment for this very Python, without pip: Debian's venv module often lacks ensurepip."""
    if PYTHON.exists() and _version_of(PYTHON) == sys.version:
        return
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").is_file():
        raise SetupError(f"{VENV} holds something else than a virtual environment; it is left alone.")
    venv.create(VENV, with_pip=False, symlinks=True, clear=VENV.exists())


def _version_of(python: Path) -> str:
    """What `sys.version` says there; empty when its interpreter is gone."""
    try:
        return subprocess.run(
            [python, "-c", "import sys; sys.stdout.write(sys.version)"], capture_output=True, text=True
        ).stdout
    except OSError:
        return ""


def _install(locks: Sequence[str]) -> None:
    """Try uv, then any pip that can be had; the first that succeeds ends it.

    Wheels only, each held against its hash: nothing from the index runs during the installation.
    """
    files = [argument for lock in locks for argument in ("-r", str(ROOT / lock))]
    tried = False
    for name, command in _installers():
        tried = True
        alone = ["--no-deps"] if tuple(locks) == SIMILAR else []
        if subprocess.run([*command, "--require-hashes", *alone, *files], env=_installing()).returncode == 0:
            return
        print(f"{name} could not install the packages.", file=sys.stderr, flush=True)
    raise SetupError("The packages could not be installed; see above." if tried else NEEDS_PIP)


def _installers() -> Iterator[tuple[str, list[str]]]:
    uv = shutil.which("uv")
    if uv and _works([uv, "--version"]):  # a version manager's shim may be on PATH with nothing behind it
        # Compiled now as pip does, or every start of a server would compile Django and Twisted anew where
        # Python is told not to write bytecode.
        options = ["--quiet", "--compile-bytecode", "--only-binary", ":all:"]
        yield "uv", [uv, "pip", "install", *options, "--python", str(PYTHON)]
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
    if _works([sys.executable, "-m", "pip", "--python", str(PYTHON), "--version"]):
        # Aimed at our environment from outside, a pip that the system calls "externally managed" may install.
        yield "pip", [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", *options]
    if importlib.util.find_spec("ensurepip") and _works([str(PYTHON), "-m", "ensurepip", "--default-pip"]):
        yield "the environment's own pip", [str(PYTHON), "-m", "pip", "install", *options]


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, env=_installing(), timeout=120).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _installing() -> dict[str, str]:
    return variables(PYTHONNOUSERSITE="1", PIP_ROOT_USER_ACTION="ignore")
