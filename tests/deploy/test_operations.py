"""docs/operations.md: what it has people type exists, and the other server that it names works."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import uvicorn
from django.core.management import get_commands, load_command_class

from tests.deploy.shipped import DEPLOY, KNOWN, NGINX, SYSTEMD, settings_in
from tests.support.cast import until
from tests.support.certificate import self_signed
from tests.support.clients import CustomerClient
from tests.support.installation import Installation, Server
from tests.test_docs import FENCE
from tools.environment import ROOT
from tools.services import Nginx, NotAvailable

TEXT = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = FENCE.findall(TEXT)
SHELL = [block for language, block in BLOCKS if language == "sh"]
#: Everything that can be typed, lines that go on joined, and what stands in backticks between the words.
TYPED = [
    *re.sub(r"\\\n\s*", "", "".join(SHELL)).splitlines(),
    *re.findall(r"`([^`\n]+)`", FENCE.sub("", TEXT)),
]


def commands() -> Iterator[list[str]]:
    """The words after `manage.py` or `rapport-manage`, wherever they are typed."""
    for line in TYPED:
        found = re.search(r"(?:manage\.py|rapport-manage) ([a-z].*)", line)
        if found:
            yield shlex.split(found[1], comments=True)


def test_commands_and_their_options_exist() -> None:
    seen = list(commands())
    assert {"createsuperuser", "restore", "backup", "serve", "worker"} <= {words[0] for words in seen}
    for name, *rest in seen:
        assert name in get_commands(), name
        command = load_command_class(get_commands()[name], name)
        options = command.create_parser("manage.py", name)._option_string_actions
        for option in (word for word in rest if word.startswith("-")):
            assert option in options, f"{name} {option}"


def test_settings_exist() -> None:
    plain = "".join(block for language, block in BLOCKS if not language)
    named = set(re.findall(r"^([A-Z][A-Z_]+)=", plain, re.MULTILINE))
    named |= set(re.findall(r"`([A-Z][A-Z_]+)(?:=[^`]*)?`", FENCE.sub("", TEXT)))
    of_files = set(settings_in("nginx/nginx.env.example")) | set(settings_in("docker/env.example"))
    assert {"PUBLIC_URL", "RAPPORT_SERVERS", "DRAIN_SECONDS"} <= named
    assert named - KNOWN - of_files - {"REPOSITORY", "PASSWORD", "REDIS_PASSWORD"} == set()
    replaced = set(re.findall(r"\^#?([A-Z_]+)=", "".join(SHELL)))
    assert replaced <= set(settings_in("systemd/rapport.env.example")) | set(
        settings_in("docker/env.example")
    )


def test_what_is_copied_is_there_and_units_have_their_names() -> None:
    for line in TYPED:
        for path in re.findall(r"/opt/rapport/(?:current|releases/\d)/(deploy/\S+)", line):
            assert list(ROOT.glob(path)), path
        if line.startswith("systemctl"):
            for name in re.findall(r"\brapport[\w.-]*", line):
                assert (SYSTEMD / (name if "." in name else f"{name}.service")).is_file(), line
    folders = {path.name for path in DEPLOY.iterdir()}
    assert {"docker", "nginx", "systemd"} <= folders


@pytest.mark.parametrize(
    "script", [*SHELL, (NGINX / "rapport-nginx").read_text(), (SYSTEMD / "rapport-manage").read_text()]
)
def test_what_is_typed_is_shell(script: str) -> None:
    done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_rapport_nginx_puts_into_place_only_what_nginx_likes(tmp_path: Path) -> None:
    """With an nginx that likes everything but the word `broken`."""
    if shutil.which("envsubst") is None:
        pytest.skip("envsubst: install the package gettext-base")
    site, env, nginx = tmp_path / "site.conf", tmp_path / "nginx.env", tmp_path / "nginx"
    nginx.write_text(f"#!/bin/sh\n! grep -q broken {site}\n")
    nginx.chmod(0o755)
    own = {
        "RAPPORT_HOME": str(ROOT),
        "RAPPORT_NGINX_ENV": str(env),
        "RAPPORT_SITE": str(site),
        "NGINX": str(nginx),
    }

    def put(text: str) -> tuple[int, str]:
        env.write_text(text)
        done = subprocess.run(
            [NGINX / "rapport-nginx"], env={"PATH": "/usr/bin:/bin", **own}, capture_output=True, text=True
        )
        return done.returncode, done.stderr

    example = (NGINX / "nginx.env.example").read_text()
    assert put(example.replace("chat.example.com", "broken"))[0] == 1
    assert not site.exists()
    assert put(example) == (0, "")
    good = site.read_text()
    assert "server 127.0.0.1:8000 max_fails" in good
    assert "${RAPPORT" not in good
    assert "$remote_addr" in good
    assert put(example.replace("chat.example.com", "broken"))[0] == 1
    assert site.read_text() == good, "what nginx does not like changes nothing"
    status, said = put(example.replace("RAPPORT_HTTPS=443", "RAPPORT_HTTPS="))
    assert (status, said) == (1, f"RAPPORT_HTTPS has no value in {env}.\n")
    assert site.read_text() == good


def test_nginx_likes_the_example_as_it_is() -> None:
    """Its own addresses and certificate put in by the test, the rest as people get it."""
    own = self_signed()
    try:
        nginx = Nginx(certificate=own.certificate, key=own.key)
    except NotAvailable as problem:
        pytest.skip(f"nginx: {problem}")
    try:
        nginx.send_to(8000)
        nginx.change = lambda text: text + "nonsense on;\n"
        with pytest.raises(RuntimeError, match="unknown directive"):
            nginx.send_to(8000)
    finally:
        nginx.close()


def uvicorn_line() -> list[str]:
    """The documented words after `uvicorn`."""
    line = next(line for line in TYPED if line.startswith("uvicorn "))
    return shlex.split(line)[1:]


class Documented(Server):
    """The application under uvicorn, by the documented command line on a port of ours."""

    def command(self) -> Sequence[str | Path]:
        """What is typed, with a port of ours and the one worker that may be embedded."""
        words = uvicorn_line()
        words[words.index("--port") + 1] = str(self.port)
        words[words.index("--workers") + 1] = "1"
        return [sys.executable, "-m", "uvicorn", "--app-dir", ROOT, *words]


def test_uvicorn_knows_the_documented_options() -> None:
    assert uvicorn.main.make_context("uvicorn", uvicorn_line()).params["ws"] == "websockets-sansio"


@pytest.mark.server
@pytest.mark.embedded
async def test_the_documented_uvicorn_serves_and_believes_the_proxy(
    installation_factory: Callable[..., Installation],
) -> None:
    installation = installation_factory(BEHIND_PROXY="true", SESSION_RATE="0.01", SESSION_BURST="3")
    with Documented(installation, {}) as server:
        async with CustomerClient(server.url) as mara:
            await mara.session()
            await mara.connect()
            started = await mara.start("My PSC 2210v does not scan")
            await mara.say(started["id"], "It hums")
            for number in range(10):
                mara.http.headers["X-Forwarded-For"] = f"192.0.2.{number}"
                await mara.session()
        process = server.process
        assert process
        process.terminate()
        await until(lambda: process.poll() is not None, within=60)
