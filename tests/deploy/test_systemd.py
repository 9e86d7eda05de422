"""The units name only what there is, systemd likes them, and `rapport-manage` runs commands as the service would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.deploy.shipped import (
    KNOWN,
    NGINX,
    SYSTEMD,
    command_after_manage,
    default_of,
    seconds,
    settings_in,
    unit,
)
from tools.environment import ROOT

SERVICES = ("rapport.service", "rapport-worker.service", "rapport-backup.service")
#: What may stand outside of the section Service.
KEYS = {
    "Unit": {"After", "Description", "StartLimitIntervalSec", "Wants"},
    "Timer": {"OnCalendar", "Persistent", "RandomizedDelaySec"},
    "Install": {"WantedBy"},
}
#: Without these somebody who takes over the process could do more than answer customers.
HARDENED = {
    *("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "ProtectControlGroups"),
    *("ProtectKernelModules", "ProtectKernelTunables", "RestrictSUIDSGID", "LockPersonality"),
}


def values(name: str) -> dict[str, str]:
    return {key: value for _, key, value in unit(name)}


@pytest.mark.parametrize("name", sorted(path.name for path in SYSTEMD.glob("rapport*.[st]*r*")))
def test_systemd_likes_a_unit(name: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    for section, key, _ in unit(name):
        assert section == "Service" or key in KEYS[section], f"{section}: {key}"
    if program is None:
        return
    python = tmp_path / "current" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    for path in SYSTEMD.glob("rapport*.[st]*"):
        text = path.read_text().replace("/opt/rapport/current", str(tmp_path / "current"))
        (tmp_path / path.name).write_text(text)
    said = subprocess.run([program, "verify", "--man=no", tmp_path / name], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_what_there_is_and_may_do_little(name: str) -> None:
    keys = values(name)
    assert command_after_manage(keys["ExecStart"])[0] in get_commands()
    assert {key for key in HARDENED if keys.get(key) != "yes"} == set()
    assert keys["ProtectSystem"] == "strict"
    assert keys["User"] == "rapport"
    assert keys["CapabilityBoundingSet"] == ""
    assert keys["EnvironmentFile"] == "/etc/rapport/rapport.env"
    assert keys["StateDirectory"] == "rapport"
    own = [value for _, key, value in unit(name) if key == "Environment"]
    given = {word.split("=")[0] for value in own for word in value.split()}
    assert given - {"PYTHONUNBUFFERED"} <= KNOWN


def test_a_service_is_given_time_to_end() -> None:
    server = values("rapport.service")
    assert server["KillSignal"] == "SIGTERM"
    assert server["KillMode"] == "mixed", "the supervisor tells its processes itself, once"
    assert "-HUP" in server["ExecReload"]
    assert seconds(server["TimeoutStopSec"]) > default_of("DRAIN_SECONDS") + 25
    assert int(server["LimitNOFILE"]) >= 65536
    assert seconds(values("rapport-worker.service")["TimeoutStopSec"]) > 60


def test_the_environment_file_sets_what_there_is_and_no_secret() -> None:
    example = settings_in("systemd/rapport.env.example")
    assert set(example) <= KNOWN
    assert example["SECRET_KEY"] == ""
    assert example["BEHIND_PROXY"] == "true"


def test_rapport_manage_runs_a_command_with_the_settings_of_the_service(tmp_path: Path) -> None:
    home = tmp_path / "current"
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / "manage.py").symlink_to(ROOT / "manage.py")
    runs = home / ".venv" / "bin" / "python"
    runs.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import os; print(os.environ)" "$@"\n')
    runs.chmod(0o755)
    env = tmp_path / "rapport.env"
    env.write_text("PUBLIC_URL=https://chat.example.com\nMAIL_FROM='Support <a@example.com>'\n")
    me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    own = {"RAPPORT_ENV": str(env), "RAPPORT_HOME": str(home), "RAPPORT_USER": me}
    said = subprocess.run(
        [SYSTEMD / "rapport-manage", "check", "--deploy"],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "'MAIL_FROM': 'Support <a@example.com>'" in said
    assert "'DATA_DIR': '/var/lib/rapport'" in said


def test_nginx_is_more_patient_than_a_heartbeat_and_takes_what_the_server_takes() -> None:
    from django.conf import settings

    text = (NGINX / "rapport.conf").read_text()
    sockets = re.search(r"location /ws/ \{.*?proxy_read_timeout (\d+)s;", text, re.DOTALL)
    assert sockets
    assert int(sockets[1]) >= 3 * 1.2 * default_of("HEARTBEAT")
    body = re.search(r"client_max_body_size (\d+)k;", text)
    assert body
    assert int(body[1]) * 1024 == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    words = set(re.findall(r"\$\{([A-Z_]+)\}", text))
    assert words - {"CAPITALS"} == set(settings_in("nginx/nginx.env.example"))
