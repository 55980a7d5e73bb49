"""What every comparison stands on: the peers, both databases, the services, a token."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from domain.identifiers import SessionId
from infra.clock import SystemClock
from infra.embedded.broker import Broker
from infra.embedded.ports import free_ports
from infra.embedded.valkey import Valkey
from infra.security import JwtAccessTokens
from tests.performance.peers import board_data
from tests.performance.peers.bodies import write_bodies
from tests.performance.peers.work_folder import WORK_FOLDER, WorkFolder

_SET_UP_SECONDS: Final = 20 * 60
_TOKEN_SECONDS: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where servers are compared: `environment` is what `taskwire serve` needs."""

    folder: WorkFolder
    # Of Postgres, up to the database's name.
    server_url: str
    environment: Mapping[str, str]
    token: str
    bodies: Path


@asynccontextmanager
async def prepared(source: Path, bodies_name: str) -> AsyncIterator[Ground]:
    """Everything made anew, for one benchmark at a time; Postgres and the services end with it.

    Raises BlockingIOError while another benchmark runs.
    """
    folder = WorkFolder(WORK_FOLDER)
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.held():
        async with asyncio.timeout(_SET_UP_SECONDS):
            await folder.install(source)
        async with folder.postgres() as server_url, _services(folder) as services:
            print("Filling the databases …", flush=True)
            await folder.reset_data()
            database_url = await board_data.create(server_url)
            bodies = folder.path / "bodies" / bodies_name
            write_bodies(folder.path / "bodies", bodies, *await board_data.task_places(server_url))
            yield Ground(
                folder=folder,
                server_url=server_url,
                environment={**services, "TASKWIRE_DATABASE_URL": database_url},
                token=await _token(server_url, services["TASKWIRE_SECRET_KEY"]),
                bodies=bodies,
            )


@asynccontextmanager
async def _services(folder: WorkFolder) -> AsyncIterator[dict[str, str]]:
    logs = folder.path / "logs"
    valkey_port, broker_port = free_ports(2)
    async with (
        Valkey(
            port=valkey_port, data_dir=folder.path / "valkey", log_path=logs / "valkey.log"
        ) as valkey,
        Broker(port=broker_port, log_path=logs / "broker.log") as broker,
    ):
        yield {
            "TASKWIRE_REDIS_URL": valkey.url,
            "TASKWIRE_KAFKA_BOOTSTRAP": broker.url,
            "TASKWIRE_KAFKA_IDEMPOTENCE": "false",
            "TASKWIRE_SECRET_KEY": secrets.token_hex(32),
            "TASKWIRE_DATA_DIR": str(folder.path / "taskwire"),
            "TASKWIRE_LOG_LEVEL": "warning",
        }


async def _token(server_url: str, secret_key: str) -> str:
    tokens = JwtAccessTokens(secret_key=secret_key, seconds=_TOKEN_SECONDS, clock=SystemClock())
    return tokens.issue(await board_data.a_member(server_url), SessionId(uuid4()))
