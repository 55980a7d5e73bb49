"""From a change's commit to its frame at a subscriber, through Postgres, Kafka, Redis, websocket.

Every process runs for real, on this machine. A change's event carries the instant its
command began, just before its commit; the figures are from there to the arrival of the
frame, so they are a little more than commit to subscriber.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from tests.whole_stack import ApiClient, Subscription, whole_stack

CHANGES_PER_SECOND = 20
SECONDS = 30
SUBSCRIBERS = 10
WARM_UP_CHANGES = 40

_BOARD = """{ project(key: "DEMO", workspaceSlug: "demo") {
  id cursor columns { id } tasks(first: 1) { nodes { id } }
} }"""
_MOVE = """mutation($taskId: ID!, $columnId: ID!) {
  taskMove(input: {taskId: $taskId, columnId: $columnId}) { cursor errors { code message } }
}"""
_EVENTS = """subscription($projectId: ID!, $after: Cursor) {
  projectEvents(projectId: $projectId, after: $after) {
    __typename ... on ProjectEvent { seq occurredAt task { id column { id } } }
  }
}"""


async def report_live_latency(data_dir: Path) -> None:
    """Print the latency at the tested rate, and how many events only the watchdog delivered."""
    async with whole_stack(data_dir) as stack:
        async with ApiClient.signed_in(stack.url, "owner@demo.test") as client:
            latencies = await _measure(client)
        healed = await _healed_gaps(stack.url)
    _print(latencies, healed)


async def _measure(client: ApiClient) -> Sequence[float]:
    board = (await client.execute(_BOARD))["project"]
    changes = WARM_UP_CHANGES + CHANGES_PER_SECOND * SECONDS
    async with asyncio.TaskGroup() as group:
        followers = [group.create_task(_follow(client, board, changes)) for _ in range(SUBSCRIBERS)]
        await _change(client, board, changes)
    return [latency for follower in followers for latency in follower.result()]


async def _change(client: ApiClient, board: dict[str, Any], changes: int) -> None:
    [task] = board["tasks"]["nodes"]
    columns = board["columns"]
    started = time.monotonic()
    for number in range(changes):
        await asyncio.sleep(max(0.0, started + number / CHANGES_PER_SECOND - time.monotonic()))
        column = columns[number % len(columns)]
        moved = await client.execute(_MOVE, taskId=task["id"], columnId=column["id"])
        assert not moved["taskMove"]["errors"], moved


async def _follow(client: ApiClient, board: dict[str, Any], changes: int) -> Sequence[float]:
    """Seconds from change to arrival, warm-up left out."""
    async with client.subscribed(_EVENTS, projectId=board["id"], after=board["cursor"]) as events:
        # The first move may find the task where it is going, which is no change.
        latencies = [await _latency(events) for _ in range(changes - 1)]
    return latencies[WARM_UP_CHANGES:]


async def _latency(events: Subscription) -> float:
    event = (await events.next())["projectEvents"]
    occurred_at = datetime.fromisoformat(event["occurredAt"])
    return time.time() - occurred_at.timestamp()


async def _healed_gaps(url: str) -> int:
    async with httpx.AsyncClient(base_url=url) as http:
        text = (await http.get("/metrics")).text
    found = re.findall(
        r'^taskwire_live_gaps_total\{.*"watchdog".*\} ([0-9.e+]+)$', text, re.MULTILINE
    )
    return sum(int(float(value)) for value in found)


def _print(latencies: Sequence[float], healed: int) -> None:
    milliseconds = sorted(1000 * value for value in latencies)
    percentiles = quantiles(milliseconds, n=100)
    print("Commit to subscriber, through Postgres, Kafka, Redis and a websocket")
    print(f"  {CHANGES_PER_SECOND} changes a second, {SUBSCRIBERS} subscribers, {SECONDS} s")
    print(f"  deliveries {len(milliseconds)}, healed by the watchdog {healed}")
    print(
        f"  median {median(milliseconds):.1f} ms, p95 {percentiles[94]:.1f} ms, "
        f"p99 {percentiles[98]:.1f} ms, max {milliseconds[-1]:.1f} ms"
    )
    print("  goals: median at most 50 ms, p99 at most 250 ms")
