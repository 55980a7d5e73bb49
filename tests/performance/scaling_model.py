"""What so many sockets take: `python -m tests.performance.scaling_model --sockets 1000000`.

Boards of random popularity are watched through random web processes, or through the one that
each board is routed to; then it is counted what every part has to do in a second. Unit costs
are inputs: measure them where it is to run.
"""

import argparse
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

_MEGABYTE: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The load and the unit costs. CPU in microseconds, memory in kilobytes."""

    sockets: int = 1_000_000
    # Watchers of a board: half have fewer than this, and the spread is that of a log-normal.
    median_watchers: float = 4.0
    spread: float = 1.2
    # One change by each watcher in so many seconds.
    seconds_between_changes: float = 120.0
    sockets_per_process: int = 15_000
    # A web process is full at this share of its core.
    busy_share: float = 0.6
    kilobytes_per_socket: float = 30.0
    kilobytes_per_process: float = 130_000.0
    delivery_us: float = 25.0
    # One execution of a board's selection for an event: decoding, SQL and encoding.
    execution_us: float = 600.0
    connect_us: float = 3_000.0
    mutation_us: float = 1_500.0
    # Of Postgres: a mutation, the reads of one execution, a position that the watchdog asks for.
    postgres_mutation_us: float = 1_260.0
    postgres_execution_us: float = 430.0
    postgres_position_us: float = 4.0
    relay_us: float = 103.0
    bridge_us: float = 44.0
    redis_message_us: float = 2.5
    event_bytes: int = 600
    frame_bytes: int = 450
    spread_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one second takes. CPU in cores."""

    boards: int
    greatest_board: int
    processes: int
    events: float
    deliveries: float
    feeds: int
    executions: float
    web_cores: float
    web_gigabytes: float
    postgres_write_cores: float
    postgres_read_cores: float
    postgres_watchdog_cores: float
    relay_cores: float
    bridge_cores: float
    redis_messages: float
    redis_cores: float
    redis_megabytes: float
    kafka_megabytes: float
    client_megabytes: float
    lost_process_cores: float


def boards_of(world: World, *, seed: int = 1) -> Sequence[int]:
    """How many watch each board, until all sockets are given out."""
    chooser = random.Random(seed)  # noqa: S311 - a model is to be repeatable
    boards = []
    left = world.sockets
    while left > 0:
        watchers = chooser.lognormvariate(math.log(world.median_watchers), world.spread)
        boards.append(min(left, max(1, round(watchers))))
        left -= boards[-1]
    return boards


def needs_of(world: World, *, is_routed: bool) -> Needs:
    """is_routed: all watchers of a board are on one web process."""
    boards = boards_of(world)
    changes_per_watcher = 1 / world.seconds_between_changes
    events = world.sockets * changes_per_watcher
    deliveries = sum(watchers**2 for watchers in boards) * changes_per_watcher
    processes = max(2, math.ceil(world.sockets / world.sockets_per_process))
    while True:
        feeds_by_board = [
            1.0 if is_routed else _distinct(processes, watchers) for watchers in boards
        ]
        executions = changes_per_watcher * sum(
            watchers * feeds for watchers, feeds in zip(boards, feeds_by_board, strict=True)
        )
        web_cores = (
            deliveries * world.delivery_us
            + executions * world.execution_us
            + events * world.mutation_us
        ) / 1e6
        wanted = math.ceil(web_cores / world.busy_share)
        if wanted <= processes:
            break
        # More processes have more boards in common, so it is counted again.
        processes = wanted
    feeds = round(sum(feeds_by_board))
    return Needs(
        boards=len(boards),
        greatest_board=max(boards),
        processes=processes,
        events=events,
        deliveries=deliveries,
        feeds=feeds,
        executions=executions,
        web_cores=web_cores,
        web_gigabytes=(
            world.sockets * world.kilobytes_per_socket + processes * world.kilobytes_per_process
        )
        / 1e6,
        postgres_write_cores=events * world.postgres_mutation_us / 1e6,
        postgres_read_cores=executions * world.postgres_execution_us / 1e6,
        postgres_watchdog_cores=feeds * world.postgres_position_us / 1e6,
        relay_cores=events * world.relay_us / 1e6,
        bridge_cores=events * world.bridge_us / 1e6,
        redis_messages=events + executions,
        redis_cores=(events + executions) * world.redis_message_us / 1e6,
        redis_megabytes=executions * world.event_bytes / _MEGABYTE,
        kafka_megabytes=events * world.event_bytes / _MEGABYTE,
        client_megabytes=deliveries * world.frame_bytes / _MEGABYTE,
        lost_process_cores=world.sockets
        / processes
        * world.connect_us
        / 1e6
        / world.spread_seconds,
    )


def _distinct(processes: int, watchers: int) -> float:
    """How many processes that many watchers are on, when each picks one by chance."""
    return processes * (1 - (1 - 1 / processes) ** watchers)


_ROWS: Final = (
    ("boards that are watched", "boards", "{:,.0f}"),
    ("watchers of the greatest", "greatest_board", "{:,.0f}"),
    ("web processes", "processes", "{:,.0f}"),
    ("changes a second", "events", "{:,.0f}"),
    ("deliveries a second", "deliveries", "{:,.0f}"),
    ("feeds (board and process)", "feeds", "{:,.0f}"),
    ("executions a second", "executions", "{:,.0f}"),
    ("web: cores", "web_cores", "{:,.1f}"),
    ("web: memory, GB", "web_gigabytes", "{:,.0f}"),
    ("Postgres: cores for changes", "postgres_write_cores", "{:,.1f}"),
    ("Postgres: cores for executions", "postgres_read_cores", "{:,.1f}"),
    ("Postgres: cores for the watchdog", "postgres_watchdog_cores", "{:,.1f}"),
    ("relays: cores", "relay_cores", "{:,.2f}"),
    ("bridges: cores", "bridge_cores", "{:,.2f}"),
    ("Redis: messages a second", "redis_messages", "{:,.0f}"),
    ("Redis: cores", "redis_cores", "{:,.2f}"),
    ("Redis: MB a second out", "redis_megabytes", "{:,.1f}"),
    ("Kafka: MB a second in", "kafka_megabytes", "{:,.1f}"),
    ("to clients: MB a second", "client_megabytes", "{:,.0f}"),
    ("a web process is lost: cores of the others", "lost_process_cores", "{:,.2f}"),
)


def as_table(world: World, sizes: Sequence[int]) -> str:
    """Markdown: for each number of sockets, by chance and routed."""
    columns = []
    for sockets in sizes:
        sized = replace(world, sockets=sockets)
        columns += [needs_of(sized, is_routed=False), needs_of(sized, is_routed=True)]
    names = [f"{size:,} {way}" for size in sizes for way in ("by chance", "routed")]
    lines = [f"| | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    for title, name, form in _ROWS:
        cells = [form.format(getattr(needs, name)) for needs in columns]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for the unit costs that are given."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.scaling_model")
    parser.add_argument("--sizes", type=int, nargs="+", default=[15_000, 100_000, 1_000_000])
    for field in fields(World):
        if field.name != "sockets":
            parser.add_argument(
                f"--{field.name.replace('_', '-')}", type=float, default=field.default
            )
    given = vars(parser.parse_args())
    sizes = given.pop("sizes")
    print(as_table(World(**given), sizes))


if __name__ == "__main__":
    main()
