"""The backup and restore commands: what they refuse, and what they leave alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chat.backup import archive
from tests.conftest import InstallationFactory
from tests.support.archives import rewritten
from tests.support.cast import Cast, Records, client_id
from tests.support.commands import manage, refusals, run
from tests.support.installation import Installation
from tools.environment import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


def texts(installation: Installation) -> set[str]:
    return {text for (text,) in Records(installation).ask("SELECT text FROM chat_event")}


@pytest.fixture
def running(installation_factory: InstallationFactory) -> Installation:
    """An installation whose server runs and made its own key."""
    return installation_factory(SWEEP="0.5", SECRET_KEY="")


async def test_the_commands_from_a_running_server_to_a_restored_one(
    running: Installation, installation_factory: InstallationFactory, folder: Path
) -> None:
    """One story, since every start of a program costs a second."""
    server = running.server()
    cast = Cast(server)
    try:
        mara = await cast.customer()
        begun = (await mara.start("kept"))["id"]
        said = manage(running, "backup", folder, "--keep", "1")
        [file] = folder.iterdir()
        assert str(file) in said
        assert "It holds the secret key" in said
        assert file.stat().st_mode & 0o777 == 0o600
        await mara.say(begun, "lost", client_id=client_id())

        there, nowhere, kept, nothing, used = refusals(
            running,
            ["backup", file],
            ["backup", folder / "nowhere" / "x"],
            ["backup", folder / "x", "--keep", "1"],
            ["restore", folder / "nothing"],
            ["restore", "--yes", file],
        )
        assert "is there already" in there
        assert "no folder" in nowhere
        assert "--keep wants" in kept
        assert "There is no file" in nothing
        assert ("Others are connected" if running.database_url else "A server uses") in used
        assert "lost" in texts(running)
        if running.database_url:
            # Under the servers' feet: whoever is connected is told to begin anew.
            epoch, mara.epoch = mara.welcome["epoch"], mara.welcome["epoch"]
            manage(running, "restore", "--yes", "--force", file)
            assert await mara.wire.closed() == 1012
            assert mara.wire.of_type("reset", conversation=begun)
            await mara.connect(cursors={begun: 1})
            assert [frame["type"] for frame in mara.wire.heard][:2] == ["reset", "welcome"]
            assert mara.welcome["epoch"] != epoch
            assert [one["message"]["text"] for one in await mara.everything(begun)] == ["kept"]
    finally:
        await cast.leave()
    server.stop()
    Records(running).ask("UPDATE chat_event SET text = 'lost' WHERE text = 'kept'")

    if not running.database_url:
        holder = [sys.executable, "-c", HOLD, str(running.sqlite)]
        with subprocess.Popen(holder, cwd=ROOT, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            assert "Another process has" in refusals(running, ["restore", "--yes", file])[0]
            other.send_signal(signal.SIGKILL)
    wrong = folder / "wrong.tar.gz"
    wrong.write_bytes(file.read_bytes())
    manifest = json.loads(archive.read_manifest(wrong).encode())
    manifest["rows"]["chat_event"] += 1
    rewritten(wrong, archive.MANIFEST, json.dumps(manifest).encode())
    [unasked] = refusals(running, ["restore", file])
    [mistaken] = refusals(running, ["restore", "--yes", wrong])
    assert "Say --yes" in unasked
    assert "nothing was changed" in mistaken.lower()
    assert "lost" in texts(running), "a restore that fails leaves what was there"
    assert "kept" not in texts(running)

    key = running.folder / "data" / "secret_key"
    before = key.read_text()
    key.write_text("another key that is long enough to be one")
    said = manage(running, "restore", "--yes", file)
    assert {"kept"} <= texts(running)
    assert "lost" not in texts(running)
    assert key.read_text() == before
    [aside] = key.parent.glob("secret_key.before-*")
    assert aside.read_text().startswith("another key")
    if not running.database_url:
        [old] = running.sqlite.parent.glob("rapport.sqlite3.before-*")
        assert str(old) in said
        assert old.stat().st_size > 100_000
    assert not [one for one in running.sqlite.parent.iterdir() if one.name.startswith(".rapport-restore")]

    # The mutant: a restore that does not wait to be told that what is there may go.
    Records(running).ask("UPDATE chat_event SET text = 'lost' WHERE text = 'kept'")
    run(running, ["restore", file], spoilt="mutants.restores_unasked")
    assert "lost" not in texts(running), "the check above could not fail"


#: Keeps the database open, as a worker does.
HOLD = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT count(*) FROM chat_event").fetchall()
print("open", flush=True)
time.sleep(600)
"""
