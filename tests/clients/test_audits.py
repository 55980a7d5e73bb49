"""The audits that the package graphql-http has for servers."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from tests.whole_stack import WholeStack

pytestmark = pytest.mark.stack

_SECONDS = 60


async def test_every_audit_of_graphql_over_http_is_passed(stack: WholeStack) -> None:
    node = shutil.which("node")
    assert node is not None, "node is missing: run these tests by make test"
    process = await asyncio.create_subprocess_exec(
        node,
        "audit.mjs",
        f"{stack.url}/graphql",
        cwd=Path(__file__).parent,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(_SECONDS):
        output, _ = await process.communicate()
    audits = [json.loads(line) for line in output.splitlines()]
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61
