"""How many bytes a visitor's browser has to fetch, as they are served: smaller, then gzip."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import minify

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
MAIN = STATIC / "widget/main.js"
KINDS = {".js": "application/javascript", ".css": "text/css"}
INCLUDED = re.compile(r'{% include "([^"]+)" %}')


def launcher_bytes() -> int:
    """What every page that shows the launcher fetches."""
    return sent(STATIC / "widget/loader.js")


def widget_bytes() -> int:
    """What is fetched more when somebody opens the widget: its page, its scripts, its styles."""
    page = len(gzip.compress(whole("widget/frame.html").encode()))
    styles = [STATIC / "shared/tokens.css", STATIC / "widget/widget.css"]
    return page + sum(sent(file) for file in [*modules(MAIN), *styles])


def whole(name: str) -> str:
    """A template with what it includes."""
    text = (STATIC.parent / "templates" / name).read_text()
    return INCLUDED.sub(lambda found: whole(found[1]), text)


def sent(file: Path) -> int:
    """Bytes of a script or of styles."""
    return len(gzip.compress(minify.string(KINDS[file.suffix], file.read_text()).encode(), 9))


def modules(file: Path, found: set[Path] | None = None) -> set[Path]:
    """The file and everything it imports at once (not what it imports when needed)."""
    found = set() if found is None else found
    if file not in found:
        found.add(file)
        for name in re.findall(
            r'(?m)^(?:import|export|\})[^"\n]*from "(\.[^"]+)"|^import "(\.[^"]+)"', file.read_text()
        ):
            modules((file.parent / (name[0] or name[1])).resolve(), found)
    return found
