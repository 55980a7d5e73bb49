"""What watches the stack: a real Prometheus with its exporters, and a real Alertmanager."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from infra.embedded.ports import free_ports
from tests.infra.deploy.observability.monitoring import (
    Prometheus,
    TargetGroup,
    alertmanager,
    eventually,
    on_port,
    prometheus,
)
from tests.infra.deploy.observability.programs import program
from tests.infra.deploy.observability.receiver import Receiver, receiving
from tests.observed_stack.exporters import exporters, push_deployment
from tests.observed_stack.history import two_weeks_until
from tests.observed_stack.test_metrics_table import ROLES
from tests.whole_stack import WholeStack


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Prometheus and Alertmanager with the project's files, and somebody on Slack."""

    prometheus: Prometheus
    receiver: Receiver


@asynccontextmanager
async def watching(stack: WholeStack, folder: Path) -> AsyncIterator[Watch]:
    """Watch the stack until the block ends.

    It has been watched for two weeks, one machine is gone, and, where there is a Pushgateway, the
    pipeline has put one release into production and failed with another.
    """
    program("prometheus"), program("promtool"), program("prometheus-alertmanager")
    prometheus_port, alertmanager_port = free_ports(2)
    state = await asyncio.to_thread(
        eventually, lambda: _complete_state(stack), seconds=30, what="all that the stack says"
    )
    async with exporters(folder, state) as targets_by_job:
        for gateway in targets_by_job.get("pushgateway", ()):
            push_deployment(folder, "succeeded", gateway)
            push_deployment(folder, "failed", gateway)
        with (
            receiving() as receiver,
            alertmanager(folder, port=alertmanager_port, receiver_url=receiver.url),
            prometheus(
                folder,
                port=prometheus_port,
                targets_by_job={
                    **{
                        f"taskwire-{role}": [_served(state["metrics_urls"][role])] for role in ROLES
                    },
                    **targets_by_job,
                    "prometheus": [on_port(prometheus_port)],
                    "alertmanager": [on_port(alertmanager_port)],
                },
                alertmanager_port=alertmanager_port,
                history=two_weeks_until(datetime.now(UTC)),
            ) as server,
        ):
            yield Watch(prometheus=server, receiver=receiver)


def _complete_state(stack: WholeStack) -> dict[str, Any] | None:
    """What the stack wrote about itself, or None until it says where it is reached."""
    state = stack.state
    return state if state["url"] else None


def _served(address: str) -> TargetGroup:
    port = httpx.URL(address).port
    assert port is not None
    return on_port(port)
