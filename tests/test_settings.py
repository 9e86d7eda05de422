"""Settings fail loudly, in a sentence that names the variable, before anything is served."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from tools.environment import ROOT

KEY = "0f9a6c3b7d2e8145"  # as random as one may be that stands in a file
KEY += KEY[::-1]
#: (reader, what it reads, good values with what comes of them, bad values)
READERS: list[tuple[str, Callable[[], Any], dict[str, Any], list[str]]] = [
    (
        "number",
        lambda: env.number("X", 5, least=1, most=10),
        {"": 5, " ": 5, "1": 1.0, "9.5": 9.5, " 10 ": 10.0},
        ["ten", "0.9", "10.1", "-1", "nan", "inf", "1e9", "1,5", "0x5", "5s"],
    ),
    (
        "whole",
        lambda: env.whole("X", 5, least=1, most=10),
        {"": 5, "7": 7, "7.0": 7},
        ["7.5", "ten", "0", "11", "nan", "inf", "-inf"],
    ),
    (
        "flag",
        lambda: env.flag("X"),
        {
            "": False,
            "true": True,
            "YES": True,
            " on ": True,
            "1": True,
            "false": False,
            "No": False,
            "0": False,
        },
        ["ture", "2", "-", "y", "enabled", "True;"],
    ),
    (
        "choice",
        lambda: env.choice("X", "INFO", {"INFO", "ERROR"}),
        {"": "INFO", " ": "INFO", "error": "ERROR", " Info ": "INFO"},
        ["LOUD", "INFO,ERROR", "-"],
    ),
    ("words", lambda: env.words("X"), {"": [], "a, b ,,c": ["a", "b", "c"], " , ": []}, []),
    (
        "web_address",
        lambda: env.web_address("X", "http://127.0.0.1:8000"),
        {
            "": "http://127.0.0.1:8000",
            "https://chat.example.com": "https://chat.example.com",
            "https://chat.example.com/": "https://chat.example.com",
            "http://[::1]:8000": "http://[::1]:8000",
        },
        [
            *(
                "chat.example.com",
                "ftp://x.example",
                "https://",
                "https://x.example/chat",
                "https://x.example?a=b",
            ),
            *(
                "http://x.example:port",
                "http://x.example:99999",
                "http://[::1",
                "javascript:alert(1)",
                "//x.example",
            ),
        ],
    ),
    (
        "database",
        lambda: env.database(Path("folder"))["ENGINE"].rpartition(".")[2],
        {
            "": "sqlite",
            "sqlite:///some/file": "sqlite",
            "postgres://u:p@localhost/rapport": "postgresql",
            "postgresql://u:p@localhost:5433/rapport": "postgresql",
        },
        [
            "mysql://u:p@localhost/rapport",
            "localhost/rapport",
            "postgres",
            "oracle://x/y",
            "postgres://u:p@h:port/x",
        ],
    ),
    (
        "secret_key",
        lambda: env.secret_key(Path("/nowhere")),
        {KEY: KEY, f" {KEY} ": KEY},
        [
            *(KEY[:31], "secret", "-", "x" * 60, "change-me-please-0123456789-abcdefghij"),
            *("django-insecure-5hq8y2!k0z7v#b3n9m1c6x4w", "CHANGEME0123456789abcdefghijklmnopqrst"),
        ],
    ),
    (
        "metrics_token",
        env.metrics_token,
        {"": "", "x" * 16: "x" * 16, f" {'a-b' * 9} ": "a-b" * 9},
        ["x" * 15, "-", "two words with blanks", "täglich-neu-gemacht"],
    ),
    ("metrics_folder", env.metrics_folder, {"": None, "/tmp": None}, ["/nowhere", "/dev/null"]),
    ("similar", env.similar, {"": "AUTO", "auto": "AUTO", " Text ": "TEXT"}, ["vectors", "1"]),
]
NAMES = {
    "database": "DATABASE_URL",
    "secret_key": "SECRET_KEY",
    "similar": "SIMILAR",
    "metrics_token": "METRICS_TOKEN",
    "metrics_folder": "PROMETHEUS_MULTIPROC_DIR",
}


@pytest.mark.filterwarnings("ignore:Engine not recognized")  # the library's; what matters is that we refuse
@pytest.mark.parametrize(("reader", "read", "good", "bad"), READERS, ids=[one[0] for one in READERS])
def test_a_reader(
    monkeypatch: pytest.MonkeyPatch,
    reader: str,
    read: Callable[[], Any],
    good: dict[str, Any],
    bad: list[str],
) -> None:
    name = NAMES.get(reader, "X")
    for value, result in good.items():
        monkeypatch.setenv(name, value)
        assert read() == result, value
    for value in bad:
        monkeypatch.setenv(name, value)
        with pytest.raises(ImproperlyConfigured, match=name):
            print(f"{name}={value!r} gave", read())


def test_every_reader_is_looked_at() -> None:
    readers = {name for name, one in vars(env).items() if callable(one) and one.__module__ == env.__name__}
    public = {name for name in readers if not name.startswith("_")}
    assert public - {"folder"} == {one[0] for one in READERS}


def test_a_secret_key_is_made_once_and_for_us_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = env.secret_key(tmp_path)
    assert len(first) >= 50
    assert env.secret_key(tmp_path) == first
    kept = list(tmp_path.iterdir())
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert env.secret_key(Path(str(tmp_path))) == first
    other = tmp_path / "other"
    other.mkdir()
    assert env.secret_key(other) != first


def test_a_folder_is_made_and_one_that_cannot_be_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "deep" / "data"))
    made = env.folder("DATA_DIR", tmp_path)
    assert made.is_dir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("DATA_DIR", str(place))
        with pytest.raises(ImproperlyConfigured, match="DATA_DIR"):
            env.folder("DATA_DIR", tmp_path)


def test_sqlite_keeps_what_it_has_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    options = env.database(Path("data"))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_postgresql_has_a_bounded_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p%40ss@db.example:5433/rapport?sslmode=require")
    database = env.database(Path("data"))
    assert (database["PASSWORD"], database["PORT"], database["NAME"]) == ("p@ss", 5433, "rapport")
    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"]["pool"]["max_size"] == 8
    assert database["OPTIONS"]["sslmode"] == "require"
    assert "lock_timeout" in database["OPTIONS"]["options"]


def start(tmp_path: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *(command or ("check",))],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"ALLOWED_HOSTS": "chat.example.com,*"}, "ALLOWED_HOSTS"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
    ({"DATABASE_URL": "mysql://u:p@localhost/rapport"}, "DATABASE_URL"),
    ({"HEARTBEAT": "often"}, "HEARTBEAT"),
    ({"PORT": "99999"}, "PORT"),
    ({"DEMO": "maybe"}, "DEMO"),
]


@pytest.mark.parametrize(("variables", "named"), REFUSED, ids=[one[1] for one in REFUSED])
def test_a_wrong_setting_stops_the_start(tmp_path: Path, variables: dict[str, str], named: str) -> None:
    ended = start(tmp_path, **variables)
    assert ended.returncode != 0
    last = ended.stderr.strip().splitlines()[-1]
    assert named in last
    assert "ImproperlyConfigured" in last or "Error" in last


def test_debug_is_refused_on_a_public_address(tmp_path: Path) -> None:
    ended = start(tmp_path, "serve", DEBUG="true", HOST="0.0.0.0", PUBLIC_URL="http://chat.example.com")
    assert ended.returncode != 0
    assert "DEBUG" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_demo_password_that_anybody_would_try_is_refused_on_a_public_address(tmp_path: Path) -> None:
    public = {"HOST": "0.0.0.0", "PUBLIC_URL": "http://chat.example.com", "DEMO": "true"}
    ended = start(tmp_path, "serve", **public, DEMO_PASSWORD="demo")
    assert ended.returncode != 0
    assert "DEMO_PASSWORD" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_public_installation_passes_the_deployment_checks(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        *("check", "--deploy", "--fail-level", "ERROR"),
        PUBLIC_URL="https://chat.example.com",
        SECRET_KEY=KEY + KEY,
    )
    assert ended.returncode == 0, ended.stderr
