"""The project's rules in a real Prometheus, its alerts through a real Alertmanager.

Over stand-ins, for what is hard to provoke; tests/observed_stack watches the real processes.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from infra.embedded.ports import free_ports
from tests.infra.deploy.observability.exporter import Process, serving
from tests.infra.deploy.observability.monitoring import (
    Prometheus,
    alertmanager,
    eventually,
    on_port,
    prometheus,
)
from tests.infra.deploy.observability.programs import program
from tests.infra.deploy.observability.receiver import Receiver, receiving

PROCESSES: Final = ("web", "relay", "bridge", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that runs for a test."""

    processes: Mapping[str, Process]
    prometheus: Prometheus
    receiver: Receiver


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    program("prometheus"), program("prometheus-alertmanager")
    *process_ports, prometheus_port, alertmanager_port = free_ports(len(PROCESSES) + 2)
    port_by_process = dict(zip(PROCESSES, process_ports, strict=True))
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        processes = {
            name: stack.enter_context(serving(name, port)) for name, port in port_by_process.items()
        }
        stack.enter_context(
            alertmanager(tmp_path, port=alertmanager_port, receiver_url=receiver.url)
        )
        server = stack.enter_context(
            prometheus(
                tmp_path,
                port=prometheus_port,
                targets_by_job={
                    **{
                        f"taskwire-{name}": [on_port(port)]
                        for name, port in port_by_process.items()
                    },
                    "prometheus": [on_port(prometheus_port)],
                    "alertmanager": [on_port(alertmanager_port)],
                },
                alertmanager_port=alertmanager_port,
            )
        )
        yield Stage(processes=processes, prometheus=server, receiver=receiver)


def test_while_all_is_well_only_the_dead_mans_switch_speaks(stage: Stage) -> None:
    receiver = stage.receiver

    eventually(lambda: receiver.delivered("dead-mans-switch"), seconds=60, what="a sign of life")
    firing = stage.prometheus.query('ALERTS{alertstate="firing"}')

    assert {sample["metric"]["alertname"] for sample in firing} == {"DeadMansSwitch"}
    assert receiver.delivered("slack-prod-critical") == []


def test_failing_requests_are_told_to_slack_and_their_end_too(stage: Stage) -> None:
    wait_for_samples(stage)
    requests = stage.processes["web"].counter("taskwire_http_requests")

    failed = requests.labels("POST", "/graphql", "500")
    failed.inc(0)
    eventually(
        lambda: stage.prometheus.query('taskwire_http_requests_total{status="500"}'),
        seconds=30,
        what="the status is scraped",
    )
    failed.inc(1000)
    eventually(
        lambda: stage.receiver.messages("slack-prod-critical", "CRITICAL: HighErrorRate"),
        seconds=60,
        what="the alert on Slack",
    )

    # The window of the rate passes, and no more requests fail.
    [over] = eventually(
        lambda: stage.receiver.messages("slack-prod-critical", "Over: HighErrorRate"),
        seconds=90,
        what="the end on Slack",
    )
    assert over["color"] == "good"


def test_a_service_that_is_down_is_told_alone(stage: Stage) -> None:
    wait_for_samples(stage)
    receiver = stage.receiver

    stage.processes["bridge"].stop()
    eventually(
        lambda: receiver.messages("slack-prod-critical", "ServiceDown"),
        seconds=60,
        what="the alert on Slack",
    )
    # This one fires too, and is silenced by the first.
    eventually(
        lambda: stage.prometheus.query('ALERTS{alertname="InstanceDown", alertstate="firing"}'),
        seconds=30,
        what="the alert of the instance",
    )

    [message] = receiver.messages("slack-prod-critical", "ServiceDown")
    assert "No taskwire-bridge answers in prod" in message["text"]
    assert receiver.delivered("slack-prod") == []


def wait_for_samples(stage: Stage) -> None:
    for name in PROCESSES:
        eventually(
            lambda name=name: stage.prometheus.query(f'up{{job="taskwire-{name}"}} == 1'),  # type: ignore[misc]
            seconds=60,
            what=f"{name} is scraped",
        )
