"""The tables of a page, between marks, written anew."""

from __future__ import annotations

import re
from pathlib import Path


def rewrite(page: Path, sections: dict[str, str]) -> None:
    """Put each text between `<!-- figures: name -->` and `<!-- end -->`.

    Raises ValueError, and writes nothing, when the page has not exactly one place for one of them.
    """
    text = page.read_text(encoding="utf-8")
    for name, section in sections.items():
        place = re.compile(rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = place.subn(lambda found, new=section: f"{found[1]}\n{new.strip()}\n\n{found[2]}", text)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"{page} has {count} places for the figures of {name!r}; there must be one.")
    page.write_text(text, encoding="utf-8")
