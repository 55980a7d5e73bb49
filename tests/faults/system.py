"""Every process of Taskwire and every service, with a bad network between them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from infra.embedded.broker import Broker
from infra.embedded.ports import free_ports
from infra.embedded.postgres import Postgres
from infra.embedded.role import Role, WebRole
from infra.embedded.service import Service
from infra.embedded.valkey import Valkey
from infra.settings import Settings, variables_of
from persistence.migration import upgrade
from tests.faults.links import Link
from tests.services import a_postgres, a_valkey
from tests.whole_stack import PROGRAM
from web.demo.workspace import ensure_demo

# No run takes longer, and tokens that end are another test's matter.
_TOKEN_SECONDS: Final = 86_400
_WEB_READY_SECONDS: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many of each process."""

    webs: int = 2
    relays: int = 2
    bridges: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The running whole. Links lie in front of `postgres`, `valkey`, `broker` and each web.

    `postgres_url` leads past the link, for the harness itself.
    """

    postgres: Postgres
    valkey: Valkey
    broker: Broker
    link_by_name: dict[str, Link]
    role_by_name: dict[str, Role]
    web_ports: Sequence[int]

    @property
    def postgres_url(self) -> str:
        """The database, straight."""
        return self.postgres.url

    def service(self, name: str) -> Service:
        """What can be killed or frozen under this name."""
        services: dict[str, Service] = {
            "postgres": self.postgres,
            "valkey": self.valkey,
            "broker": self.broker,
            **self.role_by_name,
        }
        return services[name]

    @property
    def linked_web_ports(self) -> Sequence[int]:
        """The webs' ports behind their links."""
        return [link.port for name, link in self.link_by_name.items() if name.startswith("web")]


@asynccontextmanager
async def a_system(directory: Path, size: Size) -> AsyncIterator[System]:
    """Everything, started and ready, with the demo's accounts."""
    async with AsyncExitStack() as stack:
        postgres, valkey = a_postgres(directory), a_valkey(directory)
        broker_port, broker_link_port, *web_ports = free_ports(2 + size.webs)
        broker = Broker(
            port=broker_port,
            log_path=directory / "broker.log",
            advertised_port=broker_link_port,
        )
        for service in (postgres, valkey, broker):
            await stack.enter_async_context(service)
        links = {
            "postgres": Link(postgres.port),
            "valkey": Link(valkey.port),
            "broker": Link(broker_port, port=broker_link_port),
            **{f"web-{n}": Link(port) for n, port in enumerate(web_ports, 1)},
        }
        for link in links.values():
            await stack.enter_async_context(link)
        settings = Settings(
            database_url=_behind(postgres.url, links["postgres"]),
            redis_url=_behind(valkey.url, links["valkey"]),
            kafka_bootstrap=f"127.0.0.1:{broker_link_port}",
            kafka_idempotence=False,
            secret_key=SecretStr("a key for one run of the fault harness"),
            access_token_seconds=_TOKEN_SECONDS,
            demo=True,
            drain_notice_seconds=0,
            drain_seconds=1,
        )
        await asyncio.to_thread(upgrade, postgres.url)
        await ensure_demo(settings)
        roles = _roles(settings, size, web_ports, directory)
        async with asyncio.TaskGroup() as group:
            for role in roles.values():
                group.create_task(stack.enter_async_context(role))
        yield System(
            postgres=postgres,
            valkey=valkey,
            broker=broker,
            link_by_name=links,
            role_by_name=roles,
            web_ports=web_ports,
        )


def _behind(url: str, link: Link) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0]
    return parts._replace(netloc=f"{host}:{link.port}").geturl()


def _roles(
    settings: Settings, size: Size, web_ports: Sequence[int], directory: Path
) -> dict[str, Role]:
    counts = {"relay": size.relays, "bridge": size.bridges, "worker": 1}
    roles = {
        f"{name}-{number}": Role(
            name,
            program=(str(PROGRAM),),
            log_path=directory / f"{name}-{number}.log",
            variables=variables_of(settings),
        )
        for name, count in counts.items()
        for number in range(1, count + 1)
    }
    for number, port in enumerate(web_ports, 1):
        web = settings.model_copy(update={"port": port})
        roles[f"web-{number}"] = WebRole(
            web,
            program=(str(PROGRAM),),
            log_path=directory / f"web-{number}.log",
            variables=variables_of(web),
        )
        # While Postgres is away it is not ready, and starting it again would not help.
        roles[f"web-{number}"].ready_seconds = _WEB_READY_SECONDS
    return roles
