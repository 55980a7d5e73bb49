"""What goes wrong, when and for how long: all of it follows from the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done to a target."""

    KILL = "kill -9"
    FREEZE = "SIGSTOP"
    CUT = "connections cut"
    STALL = "network stalled"
    HALF_OPEN = "half-open connections"
    SLOW = "slow network"
    FULL_DISK = "full disk"
    FLUSH = "FLUSHALL"
    KILL_CLIENTS = "CLIENT KILL"
    DROP_CLIENTS = "clients dropped"
    SLOW_READERS = "clients not reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One disaster: it begins `at` seconds after the start and lasts `seconds`."""

    at: float
    kind: Kind
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} of {self.target} for {self.seconds:.1f} s"


CLIENTS: Final = "clients"
_NETWORK: Final = (Kind.CUT, Kind.STALL, Kind.HALF_OPEN, Kind.SLOW)
_KINDS_BY_SERVICE: Final = {
    "postgres": (Kind.KILL, *_NETWORK),
    "valkey": (Kind.KILL, Kind.FREEZE, Kind.FLUSH, Kind.KILL_CLIENTS, *_NETWORK),
    "broker": (Kind.KILL, Kind.FREEZE, Kind.FULL_DISK, *_NETWORK),
}
# Nothing has to last for these to have happened.
_INSTANT: Final = frozenset({Kind.FLUSH, Kind.KILL_CLIENTS, Kind.DROP_CLIENTS})
_SHORTEST_SECONDS: Final = 0.5
_LONGEST_SECONDS: Final = 4.0


def plan(seed: int, *, faults: int, seconds: float, processes: Sequence[str]) -> Sequence[Fault]:
    """That many faults over the time, each target and kind as likely as any other.

    processes: the names of web, relay, bridge and worker processes.
    """
    chooser = random.Random(seed)  # noqa: S311 - a seeded run is to be repeatable
    choices: list[tuple[str, Kind]] = [
        *((target, kind) for target, kinds in _KINDS_BY_SERVICE.items() for kind in kinds),
        *((name, kind) for name in processes for kind in (Kind.KILL, Kind.FREEZE)),
        *((name, kind) for name in processes if name.startswith("web") for kind in _NETWORK),
        *((CLIENTS, kind) for kind in (Kind.DROP_CLIENTS, Kind.SLOW_READERS)),
    ]
    # Every choice comes up before one does again, so that a short run is no matter of luck.
    order: list[tuple[str, Kind]] = []
    while len(order) < faults:
        order += chooser.sample(choices, len(choices))
    gap = seconds / faults
    return [
        Fault(
            at=number * gap + chooser.uniform(0, gap / 2),
            kind=kind,
            target=target,
            seconds=0.0
            if kind in _INSTANT
            else chooser.uniform(_SHORTEST_SECONDS, _LONGEST_SECONDS),
        )
        for number, (target, kind) in enumerate(order[:faults])
    ]
