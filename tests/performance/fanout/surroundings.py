"""Postgres, Kafka, Redis, relay and bridge, and web processes beside them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from infra.embedded.child import Child, Command
from infra.embedded.ports import LOOPBACK, free_ports
from tests.whole_stack import PROGRAM, whole_stack

_READY_SECONDS: Final = 90.0
# A start is measured by it.
_POLL_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A running stack, by its data directory."""

    data_dir: Path
    database_url: str
    redis_url: str
    kafka_bootstrap: str
    # Process ids of the stack's own.
    pid_by_name: Mapping[str, int]

    @property
    def secret_key(self) -> str:
        """What signs its tokens."""
        return (self.data_dir / "secret.key").read_text()

    @asynccontextmanager
    async def web_process(self) -> AsyncIterator[tuple[int, int]]:
        """Port and process id of a web process that serves nobody yet."""
        [port] = free_ports(1)
        command = Command(
            arguments=(str(PROGRAM), "serve"),
            log_path=self.data_dir / "fanout-web.log",
            environment={
                **os.environ,
                "TASKWIRE_PORT": str(port),
                "TASKWIRE_DATABASE_URL": self.database_url,
                "TASKWIRE_REDIS_URL": self.redis_url,
                "TASKWIRE_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
                "TASKWIRE_SECRET_KEY": self.secret_key,
            },
        )
        web = await Child.start(command)
        try:
            await wait_until_ready(web, f"http://{LOOPBACK}:{port}/readyz")
            yield port, web.pid
        finally:
            await web.stop()


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[Surroundings]:
    """A stack of its own in the directory."""
    async with whole_stack(data_dir):
        yield running_in(data_dir)


def running_in(data_dir: Path) -> Surroundings:
    """The stack that runs over the data directory."""
    record: dict[str, Any] = json.loads((data_dir / "stack.json").read_text())
    return Surroundings(
        data_dir=data_dir,
        database_url=record["database_url"],
        redis_url=record["redis_url"],
        kafka_bootstrap=record["kafka_bootstrap"],
        pid_by_name={member["name"]: member["pid"] for member in record["members"]},
    )


async def wait_until_ready(web: Child, url: str) -> None:
    """Return when the server at the URL answers well; raise when it ends instead."""
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(_READY_SECONDS):
        while True:
            if not web.is_running:
                raise RuntimeError(f"the web process ended: {web.last_words()}")
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(_POLL_SECONDS)
