"""The process that holds the sockets: `python -m tests.performance.fanout.client`.

Commands come as lines of JSON on standard input; each is answered with one.
"""

import asyncio
import json
import sys
from statistics import quantiles
from typing import Any, Final

import uvloop

from tests.performance.fanout.sockets import Socket, Tally

_CONNECTING_AT_ONCE: Final = 50
_READY_SECONDS: Final = 60.0


class Client:
    """All sockets of this process."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._sockets: list[Socket] = []
        self._turn = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def answer(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do what the command says."""
        match command["do"]:
            case "connect":
                return await self._connect(command)
            case "begin":
                self._tally.reset()
                return {}
            case "end":
                return self._report()
            case unknown:
                raise ValueError(f"unknown command {unknown!r}")

    async def _connect(self, command: dict[str, Any]) -> dict[str, Any]:
        async with asyncio.TaskGroup() as group:
            for project_id, token in command["subscribers"]:
                group.create_task(self._open(command["port"], project_id, token))
        return {"connected": len(self._sockets), "complaints": self._tally.complaints}

    async def _open(self, port: int, project_id: str, token: str) -> None:
        ready = asyncio.get_running_loop().create_future()
        socket = Socket(
            self._tally, token=token, project_id=project_id, on_ready=lambda: ready.set_result(None)
        )
        async with self._turn, asyncio.timeout(_READY_SECONDS):
            await asyncio.get_running_loop().create_connection(lambda: socket, "127.0.0.1", port)
            await ready
        self._sockets.append(socket)

    def _report(self) -> dict[str, Any]:
        tally = self._tally
        percentiles = quantiles(tally.latencies, n=100) if tally.deliveries > 1 else [0.0] * 99
        return {
            "deliveries": tally.deliveries,
            "payload_bytes": tally.payload_bytes,
            "out_of_order": tally.out_of_order,
            "closed": tally.closed,
            "complaints": tally.complaints,
            "p50": percentiles[49],
            "p95": percentiles[94],
            "p99": percentiles[98],
            "most": max(tally.latencies, default=0.0),
        }


async def main() -> None:
    """Answer commands until the input ends."""
    client = Client()
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=2**30)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(json.dumps(await client.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
