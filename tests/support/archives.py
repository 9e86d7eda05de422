"""Backups changed by somebody else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path


def rewritten(path: Path, name: str, content: bytes | None) -> None:
    """A backup in which one part is another, or missing, well packed."""
    with tarfile.open(path) as tar:
        held = [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    with tarfile.open(path, "w:gz") as tar:
        for own, raw in held:
            if own == name and content is None:
                continue
            raw = content if own == name and content is not None else raw
            entry = tarfile.TarInfo(own)
            entry.size = len(raw)
            tar.addfile(entry, io.BytesIO(raw))
