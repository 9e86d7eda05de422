"""A module of the product with something in it changed on purpose, for tests that have to notice."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType


def broken(module: ModuleType, *changes: tuple[str, str]) -> ModuleType:
    """Another copy of `module`, in whose source each first text is the second. The module itself stays as it is.

    AssertionError where a text does not stand there exactly once: the product has changed, and has to be broken in
    another place.
    """
    assert module.__file__
    source = Path(module.__file__).read_text()
    for sound, unsound in changes:
        assert source.count(sound) == 1, (
            f"{module.__name__} has changed: break it in another place than {sound!r}"
        )
        source = source.replace(sound, unsound)
    copy = ModuleType(module.__name__)
    copy.__file__ = module.__file__
    exec(compile(source, module.__file__, "exec"), copy.__dict__)
    assert sys.modules[module.__name__] is module
    return copy
