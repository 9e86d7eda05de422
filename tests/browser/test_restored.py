"""The database goes back to a backup while both windows are open: what it never held leaves the screen by itself."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.people import Customer, Technician
from tests.browser.test_survives import AWAY
from tests.conftest import InstallationFactory
from tests.support.browser import OpenPage, Watch
from tests.support.commands import manage


def test_both_windows_show_what_the_restored_database_holds(
    open_page: OpenPage, watch: Watch, installation_factory: InstallationFactory, tmp_path: Path
) -> None:
    watch.tolerate(AWAY)
    place = installation_factory()
    server = place.server()
    mara = Customer(open_page(base_url=server.url))
    ana = Technician(open_page(base_url=server.url), "ana", server.password)
    ana.log_in()
    mara.arrive()
    mara.ask("The tray light blinks")
    ana.open("The tray light blinks")
    ana.claim()
    ana.reply("How often does it blink?")
    mara.sees("How often does it blink?")
    manage(place, "backup", tmp_path / "backup.tar.gz")
    mara.say("Lost with the old database")
    ana.sees("Lost with the old database")

    server.stop()
    manage(place, "restore", "--yes", tmp_path / "backup.tar.gz")
    server.start()

    for window in (mara, ana):
        expect(window.log).not_to_contain_text("Lost with the old database", timeout=75_000)
        window.sees("How often does it blink?")
    mara.say("Three times")
    ana.sees("Three times")
    ana.reply("Then open the tray")
    mara.sees("Then open the tray")
    expect(ana.log).not_to_contain_text("Lost with the old database")
