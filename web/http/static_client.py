"""The built React client and GraphiQL, served from web/ui/dist."""

import asyncio
import gzip
import hashlib
import os
import stat
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

CLIENT_DIRECTORY: Final = Path(__file__).parents[1] / "ui" / "dist"

_NOT_BUILT: Final = (
    "The client has not been built. Run 'make run', or 'npm ci && npm run build' in web/ui.\n"
)
# Their names change with their content.
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATED: Final = "no-cache"
# By name, so that no machine's own tables decide what a browser may run.
_TYPE_BY_SUFFIX: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSED_TYPES: Final = ("text/", "application/", "image/svg+xml", "font/ttf")
# Smaller ones fit into a packet or two as they are.
_COMPRESSED_BYTES_MIN: Final = 1024
# GraphiQL with its editor and workers is some 15 MB; this holds it all, both ways.
_CACHED_BYTES_MAX: Final = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str

    @property
    def size(self) -> int:
        return len(self.content) + len(self.compressed or b"")


class StaticClient:
    """The ASGI application for every path that no other route takes.

    Files are read and compressed once and kept in memory, within a bound, until
    they change on disk. A path without a file extension is a view of the
    client's own, and is answered with its page.
    """

    def __init__(self, directory: Path) -> None:
        self._root = directory
        self._assets: OrderedDict[tuple[Path, int, int], _Asset] = OrderedDict()
        self._cached_bytes = 0
        # Files are read in threads.
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        response = await self._respond(scope["method"], scope["path"], Headers(scope=scope))
        await response(scope, receive, send)

    async def page(self, name: str, headers: Headers) -> Response:
        """One of the built HTML pages."""
        asset = await self._find(name)
        if asset is None:
            return PlainTextResponse(
                _NOT_BUILT, status_code=503, headers={"cache-control": "no-store"}
            )
        return _file_response(asset, headers, _REVALIDATED)

    async def _respond(self, method: str, path: str, headers: Headers) -> Response:
        if method not in {"GET", "HEAD"}:
            return PlainTextResponse(
                "Method not allowed.\n", status_code=405, headers={"allow": "GET, HEAD"}
            )
        name = path.lstrip("/")
        asset = await self._find(name) if name else None
        if asset is not None:
            is_hashed = name.startswith("assets/")
            return _file_response(asset, headers, _IMMUTABLE if is_hashed else _REVALIDATED)
        # A page in place of a missing script would only be a more confusing error.
        if name.startswith("assets/") or PurePosixPath(name).suffix:
            return PlainTextResponse("Not found.\n", status_code=404)
        return await self.page("index.html", headers)

    async def _find(self, name: str) -> _Asset | None:
        """The file below the directory, or None if there is none with that name."""
        return await asyncio.to_thread(self._load, name)

    def _load(self, name: str) -> _Asset | None:
        if "\x00" in name or "\\" in name:
            return None
        try:
            root = self._root.resolve()
            path = (root / name).resolve()
            status = path.stat()
        # A name that is too long, a loop of links, or no such file.
        except (OSError, RuntimeError):
            return None
        if not path.is_relative_to(root) or not stat.S_ISREG(status.st_mode):
            return None
        return self._cached(path, status)

    def _cached(self, path: Path, status: os.stat_result) -> _Asset:
        key = (path, status.st_mtime_ns, status.st_size)
        with self._lock:
            asset = self._assets.get(key)
            if asset is None:
                asset = self._assets[key] = _read(path)
                self._cached_bytes += asset.size
                while self._cached_bytes > _CACHED_BYTES_MAX and len(self._assets) > 1:
                    self._cached_bytes -= self._assets.popitem(last=False)[1].size
            return asset


def _read(path: Path) -> _Asset:
    content = path.read_bytes()
    media_type = _TYPE_BY_SUFFIX.get(path.suffix.lower(), "application/octet-stream")
    compressed = None
    if len(content) >= _COMPRESSED_BYTES_MIN and media_type.startswith(_COMPRESSED_TYPES):
        compressed = gzip.compress(content, mtime=0)
    digest = hashlib.sha256(content).hexdigest()
    return _Asset(content, compressed, media_type, f'"{digest[:32]}"')


def _file_response(asset: _Asset, headers: Headers, cache_control: str) -> Response:
    told = {"cache-control": cache_control, "vary": "accept-encoding", "etag": asset.etag}
    known = {tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")}
    if asset.etag in known or "*" in known:
        return Response(status_code=304, headers=told)
    content = asset.content
    if asset.compressed is not None and _takes_gzip(headers):
        content = asset.compressed
        # The same tag for other bytes would not be a strong one.
        told |= {"content-encoding": "gzip", "etag": f"W/{asset.etag}"}
    return Response(content, media_type=None, headers={**told, "content-type": asset.media_type})


def _takes_gzip(headers: Headers) -> bool:
    for coding in headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = coding.replace(" ", "").partition(";q=")
        if name in {"gzip", "*"}:
            return quality not in {"0", "0.0", "0.00", "0.000"}
    return False
