"""Where a Chromium is that the browser tests can drive."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.services.packages import NotAvailable, install_packages

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium(*, install: bool = False) -> str:
    """The path of Chromium: CHROMIUM from the environment, one on PATH, or Playwright's own.

    With `install`, Debian's package is installed when there is none. Raises NotAvailable.
    """
    found = _present()
    if found is None and install:
        install_packages("chromium")
        found = _present()
    if found is None:
        raise NotAvailable("not found; install the package chromium, or set CHROMIUM to its path")
    return found


def _present() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next(filter(None, map(shutil.which, NAMES)), None) or _of_playwright()


def _of_playwright() -> str | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None
