"""Documents that clients name by their hash instead of sending them.

Trusted documents are the client's own operations, known from its build. Any other
document can be registered by sending it once together with its hash (automatic
persisted queries, as Apollo's clients do it); Redis shares those between processes.
"""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import orjson
from starlette.datastructures import Headers

from graph.operation import GraphRequest, GraphResponse
from web.graph_gateway import error_response

_LOG = logging.getLogger(__name__)

# Where the client's build leaves its operations, as {hash: document}.
MANIFEST_NAME: Final = "persisted-documents.json"
_REGISTERED_MAX: Final = 1_000
# A longer document is executed but not kept: it would crowd out the others.
_REGISTERED_CHARACTERS_MAX: Final = 20_000


class SharedDocuments(Protocol):
    """Registered documents that other processes see too. Never raises: it may just not know."""

    async def find(self, document_hash: str) -> str | None:
        """The document, or None if it is not known."""
        ...

    async def keep(self, document_hash: str, document: str) -> None:
        """Remember the document for a day or so."""
        ...


class PersistedDocuments:
    """Finds the document a request means.

    With `only_trusted_for_browsers`, what a browser asks must be a trusted document:
    a stolen session can then do no more than the client itself.
    """

    def __init__(
        self,
        *,
        trusted: Mapping[str, str],
        shared: SharedDocuments,
        only_trusted_for_browsers: bool = False,
    ) -> None:
        self._trusted = trusted
        self._shared = shared
        self._only_trusted_for_browsers = only_trusted_for_browsers
        self._registered: OrderedDict[str, str] = OrderedDict()

    async def resolve(
        self, request: GraphRequest, *, is_browser: bool
    ) -> GraphRequest | GraphResponse:
        """The request with its document's text, or the response that says what is missing."""
        document_hash = request.document_hash
        name = document_hash or request.document_id
        if name is not None and (trusted := self._trusted.get(name)) is not None:
            return replace(request, query=trusted)
        if is_browser and self._only_trusted_for_browsers:
            is_trusted = _sha256(request.query) in self._trusted
            return request if is_trusted and name is None else _untrusted()
        if document_hash is None:
            return request
        if request.query:
            return await self._register(request, document_hash)
        found = await self._find(document_hash)
        return _not_found() if found is None else replace(request, query=found)

    async def _register(
        self, request: GraphRequest, document_hash: str
    ) -> GraphRequest | GraphResponse:
        if _sha256(request.query) != document_hash:
            return error_response(
                "The hash is not that of the document. Hash the text you send, in UTF-8.",
                "BAD_USER_INPUT",
            )
        if len(request.query) <= _REGISTERED_CHARACTERS_MAX:
            if document_hash not in self._registered:
                await self._shared.keep(document_hash, request.query)
            self._remember(document_hash, request.query)
        return request

    async def _find(self, document_hash: str) -> str | None:
        known = self._registered.get(document_hash)
        if known is None:
            known = await self._shared.find(document_hash)
            # Whoever can write to Redis must not decide what a hash stands for.
            if known is None or _sha256(known) != document_hash:
                return None
        self._remember(document_hash, known)
        return known

    def _remember(self, document_hash: str, document: str) -> None:
        self._registered[document_hash] = document
        self._registered.move_to_end(document_hash)
        if len(self._registered) > _REGISTERED_MAX:
            self._registered.popitem(last=False)


def load_trusted_documents(client_directory: Path) -> Mapping[str, str]:
    """The client's operations by hash; none when the client has not been built."""
    try:
        manifest = orjson.loads((client_directory / MANIFEST_NAME).read_bytes())
    except FileNotFoundError:
        _LOG.info("no trusted documents: the client has not been built")
        return {}
    if not isinstance(manifest, dict):
        raise TypeError(f"{MANIFEST_NAME} must be an object of hashes and documents")
    return {str(document_hash): str(document) for document_hash, document in manifest.items()}


def is_browser(headers: Headers) -> bool:
    """Whether a page in a browser asks: programs send neither header of their own accord."""
    return "origin" in headers or "sec-fetch-site" in headers


def _sha256(document: str) -> str:
    return hashlib.sha256(document.encode(errors="surrogatepass")).hexdigest()


def _not_found() -> GraphResponse:
    # Clients look for these very words and send the document along.
    return error_response("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


def _untrusted() -> GraphResponse:
    return error_response(
        "Only the operations of this server's own client may be run from a browser.",
        "UNTRUSTED_DOCUMENT",
    )
