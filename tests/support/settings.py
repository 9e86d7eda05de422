"""The product's settings, with a data folder for each test process and quick passwords."""

import atexit
import os
import shutil
import tempfile

if not os.environ.get("DATA_DIR"):
    # One for each process: xdist's workers must not share a database file.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="rapport-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from config.settings import *  # noqa: F403  (the folder above is read by it)

# Argon2 takes 200 ms a password, on purpose. Servers started by tests use the real one.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# pytest has its own hooks for what nobody caught.
LOGGING_CONFIG = "logging.config.dictConfig"

if "pool" in DATABASES["default"]["OPTIONS"]:  # noqa: F405
    # Threads of one busy test process hold each other up for longer than servers would wait for a lock.
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=5000"  # noqa: F405
