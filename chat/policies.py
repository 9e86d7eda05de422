"""What a page may load and who may frame it."""

from __future__ import annotations

#: Nothing inline, nothing from elsewhere, framed by nobody. A view that needs less sets its own header.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors 'none'"
)


def framed_by(origins: list[str]) -> str:
    """The policy of a page that these origins, and we ourselves, may show in a frame."""
    return POLICY.replace("frame-ancestors 'none'", " ".join(["frame-ancestors 'self'", *origins]))
