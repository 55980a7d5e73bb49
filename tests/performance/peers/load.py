"""One measurement: wrk asks a running server for some seconds, and everybody's CPU is read."""

import asyncio
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from tests.performance.peers.processor_time import (
    processor_seconds,
    resident_bytes,
    wait_until_idle,
)

CONNECTIONS: Final = 16
_SCRIPT: Final = Path(__file__).with_name("load.lua")
_RESULT: Final = b"RESULT "
_DRAIN_SECONDS: Final = 8.0
# wrk ends by itself; this is for when it does not.
_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to be asked: where it is, what to send, and which processes pay for it."""

    url: str
    token: str | None
    server_pid: int
    postgres_pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one query cost one contestant. CPU is per request."""

    contestant: str
    query: str
    repeat: int
    requests: int
    requests_per_second: float
    server_ms: float
    postgres_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int
    answer_bytes: float
    resident_mib: float

    def as_json_line(self) -> bytes:
        """One line of a results file."""
        return orjson.dumps(asdict(self), option=orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Whose turn it is: a contestant, a query, the number of the repeat."""

    contestant: str
    query: str
    repeat: int


async def measure(turn: Round, target: Target, bodies: Path, *, seconds: int) -> Measurement:
    """Ask for so many seconds and return what it took."""
    server, postgres = target.server_pid, target.postgres_pid
    await wait_until_idle(server, postgres, seconds=_DRAIN_SECONDS)
    server_before, postgres_before = processor_seconds(server), processor_seconds(postgres)
    told = await ask(target, bodies, seconds=seconds)
    # The requests in flight when wrk stopped are still worked at, and are counted below.
    await wait_until_idle(server, postgres, seconds=_DRAIN_SECONDS)
    answered = told["requests"] + CONNECTIONS
    return Measurement(
        contestant=turn.contestant,
        query=turn.query,
        repeat=turn.repeat,
        requests=int(told["requests"]),
        requests_per_second=told["requests"] / (told["microseconds"] / 1e6),
        server_ms=1000 * (processor_seconds(server) - server_before) / answered,
        postgres_ms=1000 * (processor_seconds(postgres) - postgres_before) / answered,
        p50_ms=told["p50_ms"],
        p95_ms=told["p95_ms"],
        p99_ms=told["p99_ms"],
        errors=int(told["errors"]),
        answer_bytes=told["bytes"] / max(told["requests"], 1),
        resident_mib=resident_bytes(server) / 2**20,
    )


async def ask(target: Target, bodies: Path, *, seconds: int) -> dict[str, float]:
    """Let wrk send the bodies in turn; return what its script tells."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise FileNotFoundError("wrk is needed to ask the servers")
    process = await asyncio.create_subprocess_exec(
        wrk,
        "--threads=1",
        f"--connections={CONNECTIONS}",
        f"--duration={seconds}s",
        "--timeout=10s",
        f"--script={_SCRIPT}",
        target.url,
        "--",
        str(bodies),
        *([target.token] if target.token else []),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
            output, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if complaints:
        print(complaints.decode(errors="replace").strip(), flush=True)
    for line in output.splitlines():
        if line.startswith(_RESULT):
            told: dict[str, float] = orjson.loads(line.removeprefix(_RESULT))
            return told
    raise RuntimeError(f"wrk told nothing: {(output + complaints).decode(errors='replace')}")
