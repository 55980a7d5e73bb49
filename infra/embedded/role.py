import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from infra.embedded.child import Command
from infra.embedded.ports import LOOPBACK
from infra.embedded.service import Service
from infra.settings import Settings

# A process's grace beyond the time to drain, and some for the interpreter.
_STOP_SECONDS = 11.0
_DRAINING = ("TASKWIRE_DRAIN_NOTICE_SECONDS", "TASKWIRE_DRAIN_SECONDS")
_ANSWER_SECONDS = 5.0


def taskwire_command(
    program: Sequence[str], *arguments: str, log_path: Path, variables: dict[str, str]
) -> Command:
    """Return the command that runs the program's command line with these settings."""
    return Command(
        arguments=(*program, *arguments),
        log_path=log_path,
        environment={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
        stop_seconds=sum(float(variables[name]) for name in _DRAINING) + _STOP_SECONDS,
    )


class Role(Service):
    """One of Taskwire's own processes, run as `program <name>`. Ready as soon as it runs."""

    def __init__(
        self, name: str, *, program: Sequence[str], log_path: Path, variables: dict[str, str]
    ) -> None:
        super().__init__(port=0, log_path=log_path)
        self.name = name
        self._subcommand = name
        self._program = program
        self._variables = variables

    @property
    def url(self) -> str:
        """Nothing connects to it."""
        return ""

    async def _prepare(self) -> Command:
        return taskwire_command(
            self._program, self._subcommand, log_path=self.log_path, variables=self._variables
        )

    async def _answers(self) -> bool:
        return self.is_running


class WebRole(Role):
    """The web server; ready when it says so on /readyz."""

    ready_seconds = 60.0

    def __init__(
        self,
        settings: Settings,
        *,
        program: Sequence[str],
        log_path: Path,
        variables: dict[str, str],
    ) -> None:
        super().__init__("web", program=program, log_path=log_path, variables=variables)
        self._subcommand = "serve"
        self.port = settings.port
        self._host = settings.host

    @property
    def url(self) -> str:
        """Where a browser opens it."""
        return f"http://{reachable(self._host)}:{self.port}"

    async def _answers(self) -> bool:
        status = await read_http_status(reachable(self._host), self.port, "/readyz")
        return status == 200  # noqa: PLR2004 - HTTP's OK


def reachable(host: str) -> str:
    """Return the host of addresses that lead to what listens on the host."""
    match host:
        case "0.0.0.0" | "":  # noqa: S104 - compared, not bound
            return LOOPBACK
        case "::":
            return "[::1]"
        case _:
            return f"[{host}]" if ":" in host else host


async def read_http_status(host: str, port: int, path: str) -> int | None:
    """Return the status of GET path, or None when nothing speaks HTTP there within 5 s."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host.strip("[]"), port)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                status_line = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return None
    parts = status_line.split()
    is_http = len(parts) > 1 and parts[0].startswith(b"HTTP/") and parts[1].isdigit()
    return int(parts[1]) if is_http else None
