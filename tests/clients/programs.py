"""The programs of this folder, which follow a project with other people's clients."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_LINE_SECONDS = 30
_STOP_SECONDS = 10


class Program:
    """A running client, by the lines it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next_event(self) -> dict[str, Any]:
        """The next event it has taken, past news of its connection; raise on anything else."""
        while True:
            line = await self.next_line()
            if "connected" not in line:
                assert "seq" in line, line
                return line

    async def next_line(self) -> dict[str, Any]:
        """The next line it prints."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_LINE_SECONDS):
            text = await self._process.stdout.readline()
        assert text, "the client ended"
        line: dict[str, Any] = json.loads(text)
        return line


@asynccontextmanager
async def running(name: str, *arguments: str) -> AsyncIterator[Program]:
    """`node NAME` until the block ends."""
    node = shutil.which("node")
    assert node is not None, "node is missing: run these tests by make test"
    process = await asyncio.create_subprocess_exec(
        node,
        name,
        *arguments,
        cwd=_FOLDER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
