"""Starts `manage.py serve` after a module of tests/faults has broken it: `spoilt.py mutants.accept_first`."""

import importlib
import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])


def main(module: str) -> None:
    """Break it and serve until a signal ends it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    importlib.import_module(f"tests.faults.{module}").spoil()

    from tests.support import serve

    serve.main(0)


if __name__ == "__main__":
    main(sys.argv[1])
