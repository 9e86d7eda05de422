"""The image and the composition name only what there is; and what the image holds is enough to serve.

Without a Docker daemon: the steps of the Dockerfile are taken in an empty folder instead.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.deploy.shipped import (
    DOCKER,
    KNOWN,
    command_after_manage,
    compose,
    default_of,
    dockerfile,
    seconds,
    settings_in,
)
from tests.support.prepared import prepared
from tools.environment import ROOT
from tools.services.process import free_port

TEXT = (DOCKER / "compose.yaml").read_text()
SERVICES = compose()["services"]
#: Of the project's folders, what no server needs.
NOT_SHIPPED = {"deploy", "docs", "tests", "tools"}


def instructions(name: str) -> list[str]:
    return [arguments for instruction, arguments in dockerfile() if instruction == name]


def test_the_image_is_pinned_unprivileged_and_ends_in_good_order() -> None:
    assert re.fullmatch(r"PYTHON=3\.\d+\.\d+-slim-\w+", instructions("ARG")[0])
    assert all(base.split()[0] == "python:${PYTHON}" for base in instructions("FROM"))
    order = [instruction for instruction, _ in dockerfile()]
    assert instructions("USER") == ["rapport"]
    assert order.index("USER") < order.index("CMD")
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert json.loads(instructions("CMD")[0]) == ["python", "manage.py", "serve"], (
        "as a list: no shell in between"
    )
    install = next(step for step in instructions("RUN") if "pip install" in step)
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install
    assert not re.search(r"gcc|build-essential|-dev\b", " ".join(instructions("RUN")))


def test_the_image_sets_what_there_is_and_no_secret() -> None:
    variables = dict(pair.split("=", 1) for pair in " ".join(instructions("ENV")).split())
    assert set(variables) - {"PATH", "PYTHONUNBUFFERED"} <= KNOWN
    assert "SECRET_KEY" not in variables
    assert variables["DATA_DIR"] == instructions("VOLUME")[0]
    assert variables["PORT"] == instructions("EXPOSE")[0]


def copied() -> list[str]:
    """What is copied from the project into the last stage."""
    return [words.split()[0] for words in instructions("COPY") if not words.startswith("--")]


def test_the_image_holds_every_package_and_nothing_else_is_sent_to_the_build() -> None:
    packages = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    )
    assert packages | {"manage.py", "static", "templates", "requirements.txt"} == set(copied())
    assert all((ROOT / name).exists() for name in copied())
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().split("\n")
    assert next(line for line in ignored if line and not line.startswith("#")) == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())
    tops = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert tops <= packages | NOT_SHIPPED


@pytest.mark.server
@pytest.mark.embedded
def test_the_steps_of_the_image_end_in_a_server_that_lives(tmp_path: Path) -> None:
    """Its own RUN steps, its own command and its own health check, with this environment's packages.

    Static files and database are those of the run of tests; with RAPPORT_LONG the steps make them from nothing.
    """
    app, data = tmp_path / "app", tmp_path / "data"
    app.mkdir()
    data.mkdir(mode=0o700)
    for name in copied():
        source = ROOT / name
        shutil.copytree(source, app / name) if source.is_dir() else shutil.copy2(source, app / name)
    port = str(free_port())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "HOST": "127.0.0.1", "PORT": port, "DATA_DIR": str(data)}
    ready = None if os.environ.get("RAPPORT_LONG") else prepared({})
    if ready is not None:
        ready.give_static(data)
        ready.give_sqlite(data)
    for step in instructions("RUN"):
        if "manage.py" in step or (ready is None and "compileall" in step):
            subprocess.run(step, shell=True, cwd=app, env=own, check=True)
    assert (data / "static" / "staticfiles.json").exists()
    assert not (data / "secret_key").exists(), "or all containers would share it"
    collected = (data / "static.stamp").stat().st_mtime_ns
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    check = [word.replace(":8000", f":{port}") for word in check]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            json.loads(instructions("CMD")[0]), cwd=app, env=own, stdout=log, stderr=log
        )
    try:
        assert subprocess.run(check, env=own, capture_output=True).returncode != 0, (
            "it can tell that nobody is there"
        )
        while subprocess.run(check, env=own, capture_output=True).returncode:
            assert server.poll() is None, (tmp_path / "log").read_text()
    finally:
        server.terminate()
        assert server.wait(60) == 0
    assert (data / "static.stamp").stat().st_mtime_ns == collected, "not collected twice"


def test_the_composition_refuses_to_start_without_secrets() -> None:
    required = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    example = settings_in("docker/env.example")
    assert required == {"SECRET_KEY", "POSTGRES_PASSWORD", "RAPPORT_HOST"}
    assert {name for name in required if example[name]} == set(), "no value that everybody has"
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    assert used == set(example)
    assert not re.search(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD):-", TEXT)


@pytest.mark.parametrize("name", ["server", "worker"])
def test_what_runs_rapport_is_set_by_what_there_is(name: str) -> None:
    service = SERVICES[name]
    assert set(service["environment"]) <= KNOWN
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    command = service.get("command") or json.loads(instructions("CMD")[0])
    assert command_after_manage(" ".join(command))[0] in get_commands()
    least = default_of("DRAIN_SECONDS") + 25 if name == "server" else 60
    assert seconds(service["stop_grace_period"]) > least


def test_services_wait_for_what_they_stand_on_come_again_and_fill_no_disk() -> None:
    watched = {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})} | {
        "server"
    }
    for name, service in SERVICES.items():
        assert service["restart"] == "unless-stopped", name
        assert service["logging"]["options"]["max-size"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert other in watched, f"{name} would wait for {other} for ever"
        if "build" not in service and service["image"] != "rapport:local":
            assert re.search(r":\d+\.\d+\.?\d*-\w+$", service["image"]), name
    assert "build" in SERVICES["server"]
    assert instructions("HEALTHCHECK")


def test_only_nginx_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgresql", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_files_and_folders_that_are_mounted_exist() -> None:
    sources = [volume.split(":")[0] for volume in SERVICES["nginx"]["volumes"]]
    assert all((DOCKER / source).resolve().is_file() for source in sources if source.startswith(".."))
    assert (DOCKER / SERVICES["server"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / SERVICES["server"]["build"]["dockerfile"]).is_file()
    kept = [volume.split(":")[0] for volume in SERVICES["postgresql"]["volumes"]]
    assert kept == list(compose()["volumes"])


def test_nginx_in_the_composition_is_given_every_word_it_is_filled_with() -> None:
    given = {name for name in SERVICES["nginx"]["environment"] if re.match("RAPPORT_", name)}
    assert given == set(settings_in("nginx/nginx.env.example"))
    servers = SERVICES["nginx"]["environment"]["RAPPORT_SERVERS"]
    assert "server server:8000 resolve" in servers
    assert servers.endswith(";")
