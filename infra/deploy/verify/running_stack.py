"""The embedded stack, running on loopback for a check that needs something to talk to."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.deploy.verify.programs import ROOT
from infra.embedded.data_dir import DataDir
from infra.embedded.ports import free_ports
from infra.embedded.stack_record import find_record

# The first start makes a database cluster, which takes its time on a busy machine.
_READY_SECONDS: Final = 240.0
_STOP_SECONDS: Final = 40.0
_POLL_SECONDS: Final = 0.2
_ANSWER_SECONDS: Final = 5.0


class NotReady(Exception):
    """Something that was started did not come to serve in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """How to reach the stack and its parts."""

    url: str
    data_dir: Path
    database_url: str
    redis_url: str
    kafka_bootstrap: str


@contextmanager
def running_stack() -> Iterator[RunningStack]:
    """`taskwire up` with data of its own, which are gone afterwards. NotReady when it fails."""
    [port] = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="taskwire-stack-") as folder:
        data_dir = Path(folder, "data")
        environment = {
            **os.environ,
            "TASKWIRE_DATA_DIR": str(data_dir),
            "TASKWIRE_PORT": str(port),
        }
        with subprocess.Popen(  # noqa: S603 - our own program
            [str(Path(sys.executable).parent / "taskwire"), "up"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                wait_until_ready(url, process, seconds=_READY_SECONDS)
                record = find_record(DataDir(data_dir))
                if record is None:
                    raise NotReady("the stack did not say where its parts are")
                yield RunningStack(
                    url=url,
                    data_dir=data_dir,
                    database_url=record.database_url,
                    redis_url=record.redis_url,
                    kafka_bootstrap=record.kafka_bootstrap,
                )
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=_STOP_SECONDS)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> str:
    """Return what /readyz answers once it is 200; NotReady when the process or the time ends."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotReady(f"ended with status {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(  # noqa: S310 - a loopback address
                f"{url}/readyz", timeout=_ANSWER_SECONDS
            ) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    raise NotReady(f"not ready within {seconds:.0f} s")
