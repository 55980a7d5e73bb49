import hashlib
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from graph.operation import GraphRequest, GraphResponse
from tests.web.harness import MemoryDocuments
from web.persisted_documents import (
    MANIFEST_NAME,
    PersistedDocuments,
    is_browser,
    load_trusted_documents,
)

OWN = "query Board { viewer { id } }"
OTHER = "{ workspaces { slug } }"


def hash_of(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


def documents(
    *, shared: MemoryDocuments | None = None, only_trusted: bool = False
) -> PersistedDocuments:
    return PersistedDocuments(
        trusted={hash_of(OWN): OWN},
        shared=shared or MemoryDocuments(),
        only_trusted_for_browsers=only_trusted,
    )


def by_hash(document: str) -> GraphRequest:
    return GraphRequest(query="", document_hash=hash_of(document))


def code_of(answer: GraphRequest | GraphResponse) -> object:
    assert isinstance(answer, GraphResponse)
    extensions = answer.errors[0]["extensions"]
    assert isinstance(extensions, dict)
    return extensions["code"]


async def test_a_document_without_a_hash_passes_as_it_is() -> None:
    request = GraphRequest(query=OTHER)
    assert await documents().resolve(request, is_browser=True) is request


async def test_the_clients_own_operations_are_known_by_hash() -> None:
    resolved = await documents().resolve(by_hash(OWN), is_browser=True)
    assert isinstance(resolved, GraphRequest)
    assert resolved.query == OWN


async def test_an_unknown_hash_asks_for_the_document() -> None:
    answer = await documents().resolve(by_hash(OTHER), is_browser=False)
    assert code_of(answer) == "PERSISTED_QUERY_NOT_FOUND"
    assert isinstance(answer, GraphResponse)
    assert answer.errors[0]["message"] == "PersistedQueryNotFound"


async def test_a_document_sent_once_is_known_by_its_hash_to_every_process() -> None:
    shared = MemoryDocuments()
    sent = GraphRequest(query=OTHER, document_hash=hash_of(OTHER))
    await documents(shared=shared).resolve(sent, is_browser=False)
    resolved = await documents(shared=shared).resolve(by_hash(OTHER), is_browser=False)
    assert isinstance(resolved, GraphRequest)
    assert resolved.query == OTHER


async def test_a_hash_of_another_document_is_refused_and_not_kept() -> None:
    shared = MemoryDocuments()
    lie = GraphRequest(query=OTHER, document_hash=hash_of("{ viewer { id } }"))
    assert (
        code_of(await documents(shared=shared).resolve(lie, is_browser=False)) == "BAD_USER_INPUT"
    )
    assert shared.document_by_hash == {}


async def test_what_redis_says_is_not_believed_against_the_hash() -> None:
    shared = MemoryDocuments()
    shared.document_by_hash[hash_of(OTHER)] = "{ __schema { types { name } } }"
    answer = await documents(shared=shared).resolve(by_hash(OTHER), is_browser=False)
    assert code_of(answer) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_long_document_is_executed_but_not_kept() -> None:
    shared = MemoryDocuments()
    long = "query { viewer { id } } #" + "x" * 30_000
    request = GraphRequest(query=long, document_hash=hash_of(long))
    assert await documents(shared=shared).resolve(request, is_browser=False) is request
    assert shared.document_by_hash == {}


@pytest.mark.parametrize("request_", [GraphRequest(query=OTHER), by_hash(OTHER)])
async def test_a_browser_may_be_held_to_trusted_documents(request_: GraphRequest) -> None:
    guarded = documents(only_trusted=True)
    assert code_of(await guarded.resolve(request_, is_browser=True)) == "UNTRUSTED_DOCUMENT"


@pytest.mark.parametrize("request_", [GraphRequest(query=OWN), by_hash(OWN)])
async def test_a_trusted_document_passes_with_text_or_hash(request_: GraphRequest) -> None:
    resolved = await documents(only_trusted=True).resolve(request_, is_browser=True)
    assert isinstance(resolved, GraphRequest)
    assert resolved.query == OWN


async def test_a_document_id_names_a_trusted_document_whatever_the_text() -> None:
    request = GraphRequest(query="query  Board{viewer{id}}", document_id=hash_of(OWN))
    resolved = await documents(only_trusted=True).resolve(request, is_browser=True)
    assert isinstance(resolved, GraphRequest)
    assert resolved.query == OWN


async def test_an_unknown_document_id_leaves_the_text_to_be_run() -> None:
    request = GraphRequest(query=OTHER, document_id=hash_of("{ viewer { name } }"))
    assert await documents().resolve(request, is_browser=True) is request
    guarded = documents(only_trusted=True)
    assert code_of(await guarded.resolve(request, is_browser=True)) == "UNTRUSTED_DOCUMENT"


async def test_a_browser_cannot_pass_another_text_under_a_trusted_hash() -> None:
    request = GraphRequest(query=OTHER, document_hash=hash_of(OWN))
    resolved = await documents(only_trusted=True).resolve(request, is_browser=True)
    assert isinstance(resolved, GraphRequest)
    assert resolved.query == OWN


async def test_programs_are_not_held_to_trusted_documents() -> None:
    request = GraphRequest(query=OTHER)
    assert await documents(only_trusted=True).resolve(request, is_browser=False) is request


def test_pages_are_told_from_programs_by_what_browsers_always_send() -> None:
    assert is_browser(Headers({"origin": "https://board.test"}))
    assert is_browser(Headers({"sec-fetch-site": "same-origin"}))
    assert not is_browser(Headers({"user-agent": "curl"}))


def test_the_manifest_of_the_build_is_read(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_text(f'{{"{hash_of(OWN)}": "{OWN}"}}')
    assert load_trusted_documents(tmp_path) == {hash_of(OWN): OWN}


def test_without_a_build_nothing_is_trusted(tmp_path: Path) -> None:
    assert load_trusted_documents(tmp_path) == {}
