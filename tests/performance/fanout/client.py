"""The process that holds the sockets: `python -m tests.performance.fanout.client`.

Commands come as lines of JSON on standard input; each is answered with one. A plain loop over
epoll takes a tenth of what an event loop does, and so leaves the core to what is measured.
"""

import gc
import json
import os
import select
import sys
import time
from collections import deque
from collections.abc import Mapping
from statistics import quantiles
from typing import Any, Final

from tests.performance.fanout.sockets import Socket, Tally, Target, Watched

_CONNECTING_AT_ONCE: Final = 50
_CONNECT_SECONDS: Final = 600.0
_EVENTS_AT_ONCE: Final = 1_024
_READ_BYTES: Final = 1 << 20
_COMMANDS: Final = sys.stdin.fileno()


class Client:
    """All sockets of this process."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._poll = select.epoll()
        self._poll.register(_COMMANDS, select.EPOLLIN)
        self._socket_by_descriptor: dict[int, Socket] = {}
        self._ready = 0
        self._is_over = False
        self._input = b""

    def run(self) -> None:
        """Answer commands until the input ends."""
        while not self._is_over:
            self._turn(-1.0)

    def _turn(self, seconds: float) -> None:
        """Take what has come until now, or within the time if nothing has."""
        sockets = self._socket_by_descriptor
        has_commands = False
        for descriptor, _ in self._poll.poll(seconds, _EVENTS_AT_ONCE):
            if descriptor == _COMMANDS:
                has_commands = True
            elif not sockets[descriptor].receive():
                self._drop(descriptor)
        if has_commands:
            self._obey()

    def _obey(self) -> None:
        chunk = os.read(_COMMANDS, _READ_BYTES)
        if not chunk:
            self._is_over = True
            return
        *lines, self._input = (self._input + chunk).split(b"\n")
        for line in lines:
            print(json.dumps(self._answer(json.loads(line))), flush=True)

    def _answer(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        match command["do"]:
            case "connect":
                return self._connect(command)
            case "begin":
                self._tally.reset()
                return {}
            case "pause":
                self._listen(0)
                return {}
            case "resume":
                self._listen(select.EPOLLIN)
                return {}
            case "count":
                return {"deliveries": self._tally.deliveries}
            case "end":
                return self._report()
            case unknown:
                raise ValueError(f"unknown command {unknown!r}")

    def _listen(self, events: int) -> None:
        """Read what comes on the sockets, or leave it where it is."""
        for descriptor in self._socket_by_descriptor:
            self._poll.modify(descriptor, events)

    def _connect(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        target = Target(
            port=command["port"],
            document=command["document"],
            buffer_bytes=command.get("buffer_bytes"),
        )
        watched_by_id: dict[str, Watched] = {}
        waiting = deque(command["subscribers"])
        wanted = self._ready + len(waiting)
        opened = self._ready
        deadline = time.monotonic() + _CONNECT_SECONDS
        while self._ready < wanted and time.monotonic() < deadline:
            while waiting and opened - self._ready < _CONNECTING_AT_ONCE:
                project_id, token = waiting.popleft()
                watched = watched_by_id.setdefault(project_id, Watched(project_id))
                self._open(target, watched, token)
                opened += 1
            self._turn(1.0)
        # Nothing here is garbage, and looking through it stops the clock.
        gc.collect()
        gc.freeze()
        return {"connected": self._ready, "complaints": self._tally.complaints}

    def _open(self, target: Target, watched: Watched, token: str) -> None:
        socket = Socket(target, watched, self._tally, token=token, on_ready=self._count_ready)
        self._socket_by_descriptor[socket.descriptor] = socket
        self._poll.register(socket.descriptor, select.EPOLLIN)

    def _count_ready(self) -> None:
        self._ready += 1

    def _drop(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        self._socket_by_descriptor.pop(descriptor).close()

    def _report(self) -> Mapping[str, Any]:
        tally = self._tally
        percentiles = quantiles(tally.latencies, n=100) if tally.deliveries > 1 else [0.0] * 99
        return {
            "deliveries": tally.deliveries,
            "payload_bytes": tally.payload_bytes,
            "out_of_order": tally.out_of_order,
            "resyncs": tally.resyncs,
            "last_seq": tally.last_seq,
            "closed": tally.closed,
            "complaints": tally.complaints,
            "p50": percentiles[49],
            "p95": percentiles[94],
            "p99": percentiles[98],
            "most": max(tally.latencies, default=0.0),
        }


if __name__ == "__main__":
    Client().run()
