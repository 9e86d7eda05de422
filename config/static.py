"""Static files: hashed names for modules too, and serving them from memory in front of Django.

Serving through the stock middleware costs a thread hop for every request; the handful of files here fit in
memory, compressed once.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FOREVER = b"public, max-age=31536000, immutable"
SHORTLY = b"public, max-age=300"

#: Our own files are minified as they are collected; those of packages stay as they come.
OURS = ("console/", "pages/", "shared/", "widget/")
KINDS = {".js": "text/javascript", ".css": "text/css"}


class ModuleManifestStorage(ManifestStaticFilesStorage):
    """Hashed names, also inside `import` lines of modules; plain names as long as nothing was collected."""

    support_js_module_import_aggregation = True
    # A pass settles one level of imports. Modules that import each other in a ring never settle: none may.
    max_post_process_passes = 30

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """As Django's, on our own scripts and styles without their comments and space."""
        ours = {
            name: (_Smaller(storage), path) if _is_ours(name) else (storage, path)
            for name, (storage, path) in paths.items()
        }
        yield from super().post_process(ours, dry_run, **options)

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a static file. Hashed once `collectstatic` has run."""
        if not self.hashed_files and name is not None:
            return f"{self.base_url}{name}"
        return super().url(name, force)  # type: ignore[arg-type]


def _is_ours(name: str) -> bool:
    return name.startswith(OURS) and Path(name).suffix in KINDS


class _Smaller:
    """A storage whose scripts and styles open minified."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def open(self, path: str) -> ContentFile[bytes]:
        import minify  # brings the runtime of another language and its threads: only into a process that collects

        with self._storage.open(path) as source:
            text = source.read().decode()
        return ContentFile(minify.string(KINDS[Path(path).suffix], text).encode())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


class File(NamedTuple):
    """A file ready to be sent: its plain bytes and, where that is smaller, its gzip."""

    content_type: bytes
    cache_control: bytes
    plain: bytes
    zipped: bytes | None


class StaticFiles:
    """ASGI: answers GET and HEAD below /static/ (and /widget.js) from memory, passes the rest on.

    Reads `root` (what `collectstatic` wrote) once, at the first request.
    """

    def __init__(self, application: Application, root: Path, prefix: str = "/static/") -> None:
        self._application = application
        self._root = root
        self._prefix = prefix
        self._files: dict[str, File] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            path = scope["path"]
            if path.startswith(self._prefix) or path == "/widget.js":
                if self._files is None:
                    self._files = self._read()
                file = self._files.get(path)
                if file is not None:
                    await self._answer(file, scope, send)
                    return
        await self._application(scope, receive, send)

    def _read(self) -> dict[str, File]:
        manifest = self._root / "staticfiles.json"
        if not manifest.exists():
            return {}
        names: dict[str, str] = json.loads(manifest.read_text())["paths"]
        files: dict[str, File] = {}
        for plain, hashed in names.items():
            path = self._root / hashed
            if path.is_file():
                files[self._prefix + hashed] = _load(path, FOREVER)
                files[self._prefix + plain] = _load(path, SHORTLY)
        loader = files.get(self._prefix + "widget/loader.js")
        if loader is not None:
            files["/widget.js"] = loader
        return files

    async def _answer(self, file: File, scope: Scope, send: Send) -> None:
        headers = [
            (b"content-type", file.content_type),
            (b"cache-control", file.cache_control),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"access-control-allow-origin", b"*"),
        ]
        body = file.plain
        if file.zipped is not None:
            headers.append((b"vary", b"Accept-Encoding"))
            if any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"]):
                body = file.zipped
                headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _load(path: Path, cache_control: bytes) -> File:
    plain = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in {"application/javascript", "application/json", "image/svg+xml"}:
        kind += "; charset=utf-8"
        zipped: bytes | None = gzip.compress(plain, 9)
    else:
        zipped = None
    if zipped is not None and len(zipped) >= len(plain):
        zipped = None
    return File(kind.encode(), cache_control, plain, zipped)
