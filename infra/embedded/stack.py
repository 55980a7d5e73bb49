import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence

from infra.embedded import logs
from infra.embedded.broker import Broker
from infra.embedded.child import run_to_end
from infra.embedded.data_dir import DataDir, DataDirInUseError
from infra.embedded.errors import StackError
from infra.embedded.ports import is_free
from infra.embedded.postgres import Postgres
from infra.embedded.role import Role, WebRole, reachable, taskwire_command
from infra.embedded.service import Service
from infra.embedded.stack_record import (
    StackRecord,
    end_leftovers,
    find_running,
    remove_record,
    running_member,
    write_record,
)
from infra.embedded.supervisor import Report, Supervisor
from infra.embedded.valkey import Valkey
from infra.settings import Environment, Settings, variables_of

_DEMO_MARK = "demo"
_DRAIN_SECONDS = "2"
_PREPARE_SECONDS = 300.0
# Another data command is short, and a stack publishes itself within seconds of its start.
_OTHER_COMMAND_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Stack:
    """PostgreSQL, Valkey, the broker and Taskwire's processes over one data directory.

    A service whose URL the settings name is used where it is and not started. program is
    Taskwire's command line, which knows `prepare`, `serve`, `relay`, `bridge` and `worker`.
    """

    def __init__(self, settings: Settings, *, program: Sequence[str], report: Report) -> None:
        if settings.environment is not Environment.DEV:
            raise StackError(
                f"the embedded stack is for dev, not {settings.environment}: "
                "run 'taskwire serve', 'relay', 'bridge' and 'worker' on their own"
            )
        self._settings = settings
        self._program = program
        self._report = report
        self._data_dir = DataDir(settings.data_dir)
        self._supervisor = Supervisor(report=report, on_change=self._publish)
        self._variables = variables_of(settings)
        self._is_demo = not settings.database_url and (
            settings.demo or "demo" not in settings.model_fields_set
        )
        self._database_url = settings.database_url
        self._metrics_urls: dict[str, str] = {}
        self.url = ""

    @property
    def is_demo(self) -> bool:
        """Whether the demo workspace belongs to this stack."""
        return self._is_demo

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hold the whole stack ready; StackError says in one line why it cannot be."""
        self._data_dir.open()
        with self._data_dir.locked("up"):
            await end_leftovers(self._data_dir)
            self._check_web_port()
            logs.rotate(self._data_dir.logs_path)
            log_keeper = asyncio.create_task(logs.keep_bounded(self._data_dir.logs_path))
            try:
                await self._start()
                yield
            finally:
                log_keeper.cancel()
                await self._supervisor.stop()
                remove_record(self._data_dir)

    async def watch(self) -> None:
        """Keep every member running until cancelled."""
        await self._supervisor.watch()

    async def _start(self) -> None:
        is_new = not (self._data_dir.postgres_path / "PG_VERSION").exists()
        makes_demo = self._is_demo and (is_new or not self._data_dir.has_mark(_DEMO_MARK))
        services = self._services()
        if services:
            await self._supervisor.start(services)
            self._report(f"✓ {', '.join(service.name for service in services)}")
        await self._prepare_database(makes_demo=makes_demo)
        web, others = self._roles()
        await self._supervisor.start(others)
        await self._supervisor.start([web])
        self.url = web.url
        self._publish()
        self._report("✓ relay, bridge, worker, web")

    def _services(self) -> Sequence[Service]:
        """Return the services to start, and point the settings of every process at them."""
        port_by_name = self._data_dir.ports(("postgres", "valkey", "broker"))
        services: list[Service] = []
        if not self._settings.database_url:
            services.append(a_postgres(self._data_dir, port_by_name["postgres"]))
        if not self._settings.redis_url:
            valkey = Valkey(
                port=port_by_name["valkey"],
                data_dir=self._data_dir.path / "valkey",
                log_path=self._data_dir.log_path("valkey"),
            )
            self._variables["TASKWIRE_REDIS_URL"] = valkey.url
            services.append(valkey)
        if not self._settings.kafka_bootstrap:
            broker = Broker(port=port_by_name["broker"], log_path=self._data_dir.log_path("broker"))
            self._variables["TASKWIRE_KAFKA_BOOTSTRAP"] = broker.url
            self._variables["TASKWIRE_KAFKA_IDEMPOTENCE"] = "false"
            services.append(broker)
        if not self._settings.secret_key.get_secret_value():
            self._variables["TASKWIRE_SECRET_KEY"] = self._data_dir.secret_key()
        # Nobody here has other servers to come back to, and Ctrl-C should not take long.
        if "drain_notice_seconds" not in self._settings.model_fields_set:
            self._variables["TASKWIRE_DRAIN_NOTICE_SECONDS"] = "0"
        if "drain_seconds" not in self._settings.model_fields_set:
            self._variables["TASKWIRE_DRAIN_SECONDS"] = _DRAIN_SECONDS
        self._variables["TASKWIRE_DEMO"] = str(self._is_demo).lower()
        return services

    async def _prepare_database(self, *, makes_demo: bool) -> None:
        """Migrate, and make the demo workspace once in the life of the database."""
        for member in self._supervisor.members:
            if isinstance(member, Postgres):
                self._variables["TASKWIRE_DATABASE_URL"] = member.url
        command = taskwire_command(
            self._program,
            "prepare",
            *(["--demo"] if makes_demo else []),
            log_path=self._data_dir.log_path("prepare"),
            variables=self._variables,
        )
        await run_to_end(command, purpose="preparing the database", seconds=_PREPARE_SECONDS)
        self._database_url = self._variables["TASKWIRE_DATABASE_URL"]
        self._report("✓ database is up to date")
        if makes_demo:
            self._data_dir.mark(_DEMO_MARK)
            self._report("✓ demo workspace is made")

    def _roles(self) -> tuple[WebRole, list[Role]]:
        # The settings' port, if there is one, is the web server's: each process needs its own.
        names = ("relay", "bridge", "worker")
        port_by_name = self._data_dir.ports(tuple(f"{name}-metrics" for name in names))
        others = []
        for name in names:
            port = port_by_name[f"{name}-metrics"]
            variables = {**self._variables, "TASKWIRE_METRICS_PORT": str(port)}
            self._metrics_urls[name] = f"http://{reachable(self._settings.host)}:{port}/metrics"
            others.append(
                Role(
                    name,
                    program=self._program,
                    log_path=self._data_dir.log_path(name),
                    variables=variables,
                )
            )
        web = WebRole(
            self._settings,
            program=self._program,
            log_path=self._data_dir.log_path("web"),
            variables=self._variables,
        )
        own_port = self._settings.metrics_port
        host = reachable(self._settings.host)
        origin = web.url if own_port is None else f"http://{host}:{own_port}"
        self._metrics_urls["web"] = f"{origin}/metrics"
        return web, others

    def _check_web_port(self) -> None:
        host, port = self._settings.host, self._settings.port
        try:
            is_port_free = is_free(port, host=host)
        except OSError as error:
            raise StackError(f"cannot listen on {host}, port {port}: {error.strerror}") from error
        if not is_port_free:
            raise StackError(
                f"port {port} on {host} is taken: stop what listens there or set TASKWIRE_PORT"
            )

    def _publish(self) -> None:
        members = self._supervisor.members
        write_record(
            self._data_dir,
            StackRecord(
                supervisor=running_member("taskwire up", os.getpid()),
                url=self.url,
                database_url=self._database_url,
                redis_url=self._variables["TASKWIRE_REDIS_URL"],
                kafka_bootstrap=self._variables["TASKWIRE_KAFKA_BOOTSTRAP"],
                metrics_urls=self._metrics_urls,
                members=tuple(
                    running_member(member.name, member.pid)
                    for member in members
                    if member.is_running
                ),
            ),
        )


def a_postgres(data_dir: DataDir, port: int) -> Postgres:
    """Return the data directory's PostgreSQL, not started."""
    return Postgres(
        port=port, data_dir=data_dir.postgres_path, log_path=data_dir.log_path("postgres")
    )


@contextlib.asynccontextmanager
async def database_for_command(settings: Settings, *, purpose: str) -> AsyncIterator[str]:
    """Yield the URL of the database a data command works on, whether or not the stack runs.

    The settings' own database comes first, then that of the running stack, then the data
    directory's PostgreSQL, started for as long as the command takes.
    """
    if settings.database_url:
        yield settings.database_url
        return
    data_dir = DataDir(settings.data_dir)
    data_dir.open()
    async with contextlib.AsyncExitStack() as resources:
        url = await _lock_or_find_url(data_dir, purpose, resources)
        if url is None:
            await end_leftovers(data_dir)
            port = data_dir.ports(("postgres",))["postgres"]
            url = (await resources.enter_async_context(a_postgres(data_dir, port))).url
        yield url


async def _lock_or_find_url(
    data_dir: DataDir, purpose: str, resources: contextlib.AsyncExitStack
) -> str | None:
    """Return the running stack's database, or None once the directory is locked for us."""
    deadline = asyncio.get_running_loop().time() + _OTHER_COMMAND_SECONDS
    while True:
        try:
            resources.enter_context(data_dir.locked(purpose))
        except DataDirInUseError:
            record = find_running(data_dir)
            if record is not None and record.database_url:
                return record.database_url
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return None
