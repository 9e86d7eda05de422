"""Debian packages for what a test run stands on, installed when we may and otherwise named exactly."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys


class NotAvailable(Exception):
    """Something tests stand on cannot be had here; the text says how to get it."""


def install_packages(*names: str) -> None:
    """Install Debian packages.

    Raises NotAvailable with the command to type when this is not Debian, we are not root, or it fails.
    """
    by_hand = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(names)}"
    if not shutil.which("apt-get"):
        raise NotAvailable(f"not found; on Debian or Ubuntu:  {by_hand}")
    if os.geteuid() != 0:
        raise NotAvailable(f"not found; run:  sudo sh -c '{by_hand}'")
    print(f"Installing Debian packages: {' '.join(names)} …", flush=True)
    _update_lists()
    if not _apt("install", "-y", "--no-install-recommends", *names):
        raise NotAvailable(f"could not be installed:  {by_hand}")


@functools.cache
def _update_lists() -> None:
    """Once a run; a failure shows itself at the installation."""
    _apt("update")


def _apt(*arguments: str) -> bool:
    # RUNLEVEL 1 keeps the package from starting a service of its own: ours run in folders of their own.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    done = subprocess.run(
        ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments],
        env=quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
    return done.returncode == 0
