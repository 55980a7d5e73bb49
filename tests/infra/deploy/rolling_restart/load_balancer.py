"""HAProxy in front of several web processes, as a cluster's load balancer is in front of pods."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
_STOP_SECONDS = 10.0
# Of a web process, on a machine that has much else to do.
_START_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """What it takes to talk to a running HAProxy."""

    port: int
    socket_path: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def deregister(self, name: str) -> None:
        """Send nothing new there. What is open stays open."""
        await self._say(f"set server web/{name} state drain")

    async def register(self, name: str) -> None:
        """Send requests there as soon as it is found healthy."""
        await self._say(f"set server web/{name} state ready")

    async def wait_until_used(self, name: str) -> None:
        """Wait until it is healthy and gets its share."""
        async with asyncio.timeout(_START_SECONDS):
            while await self._status(name) != "UP":  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)

    async def _status(self, name: str) -> str:
        lines = (await self._say("show stat")).splitlines()
        header = lines[0].lstrip("# ").split(",")
        rows = [dict(zip(header, line.split(","), strict=False)) for line in lines[1:] if line]
        return next(
            row["status"] for row in rows if (row["pxname"], row["svname"]) == ("web", name)
        )

    async def _say(self, command: str) -> str:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_unix_connection(self.socket_path)
            writer.write(f"{command}\n".encode())
            await writer.drain()
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        return answer.decode()


@asynccontextmanager
async def load_balancer(
    folder: Path, *, port: int, port_by_name: Mapping[str, int]
) -> AsyncIterator[LoadBalancer]:
    """HAProxy on the port until the block ends. It repeats no request that a server was sent."""
    assert PROGRAM is not None
    balancer = LoadBalancer(port=port, socket_path=folder / "haproxy.sock")
    path = folder / "haproxy.cfg"
    path.write_text(_configuration(balancer, port_by_name), encoding="utf-8")
    with (folder / "haproxy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "-db", "-f", str(path), stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(10):
            while not balancer.socket_path.exists() and process.returncode is None:  # noqa: ASYNC110 - another process has no event
                await asyncio.sleep(0.05)
        yield balancer
    finally:
        process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()


def _configuration(balancer: LoadBalancer, port_by_name: Mapping[str, int]) -> str:
    servers = "\n".join(
        f"    server {name} 127.0.0.1:{port} check" for name, port in port_by_name.items()
    )
    return f"""
global
    maxconn 8000
    stats socket {balancer.socket_path} level admin
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
    timeout http-request 10s
    timeout check 10s
frontend clients
    bind 127.0.0.1:{balancer.port}
    default_backend web
backend web
    balance leastconn
    option httpchk GET /readyz
    http-check expect status 200
    default-server inter 250ms fall 2 rise 1
{servers}
"""
