"""The running stack as a real Prometheus sees it, and a real Alertmanager tells of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pytest

from tests.infra.deploy.observability.metric_names import all_rules, foreign, recorded
from tests.infra.deploy.observability.monitoring import eventually
from tests.infra.deploy.observability.programs import program
from tests.infra.deploy.observability.promql import base_name, metric_names
from tests.observed_stack.dashboard_queries import dashboard_choices, dashboard_queries
from tests.observed_stack.exporters import PROGRAMS
from tests.observed_stack.history import USUAL_BY_SIGNAL
from tests.observed_stack.people import people_at_work
from tests.observed_stack.stand_ins import CPU_SHARE, MEMORY_SHARE, PODS
from tests.observed_stack.watch import Watch, watching
from tests.whole_stack import ApiClient, WholeStack

# The first of them waits until the whole stack has started.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

# Those that run here. What others expose is made up by stand-ins.
PROGRAM_BY_JOB: Final[Mapping[str, str]] = {
    "alertmanager": "Alertmanager",
    "blackbox": "blackbox_exporter",
    "node": "node-exporter",
    "postgres": "postgres_exporter",
    "prometheus": "Prometheus itself",
    "pushgateway": "the delivery pipeline",
    "redis": "redis_exporter",
    "taskwire-web": "every client library",
}


@pytest.fixture(scope="module")
async def watch(
    observed_stack: WholeStack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watch]:
    async with watching(observed_stack, tmp_path_factory.mktemp("watch")) as running:
        yield running


@pytest.fixture
def every_exporter() -> None:
    """Skip where a program is not installed that shows what is asked for."""
    for name in PROGRAMS:
        program(name)


@pytest.fixture
async def load(owner: ApiClient, observed_stack: WholeStack) -> AsyncIterator[None]:
    """People at work on the demo board, until the test is over."""
    async with people_at_work(owner, observed_stack):
        yield


@pytest.mark.usefixtures("load", "every_exporter")
async def test_a_short_load_answers_every_query_of_every_dashboard(watch: Watch) -> None:
    missing = dashboard_queries()
    assert len(missing) > 110

    def still_missing() -> set[str]:
        missing.difference_update([query for query in missing if _has_data(watch, query)])
        return missing

    await _until_none_is_missing(still_missing, seconds=90)
    assert {rule["health"] for rule in watch.prometheus.rules()} == {"ok"}
    choices = dashboard_choices()
    assert {label for label, _ in choices} == {"environment", "instance"}
    assert all(watch.prometheus.label_values(label, selector) for label, selector in choices)


@pytest.mark.usefixtures("every_exporter")
async def test_every_metric_of_a_dashboard_or_rule_exists(watch: Watch) -> None:
    expressions = {*dashboard_queries(), *(str(rule["expr"]) for rule in all_rules())}
    named = {name for expression in expressions for name in metric_names(expression)}
    of_prometheus = foreign("no program") | recorded()

    def unknown() -> set[str]:
        known = watch.prometheus.exposed() | of_prometheus
        return {name for name in named if not {name, base_name(name)} & known}

    await _until_none_is_missing(unknown)


@pytest.mark.usefixtures("every_exporter")
async def test_what_is_known_of_other_programs_is_what_they_expose(watch: Watch) -> None:
    def unseen() -> set[tuple[str, str]]:
        return {
            (exposer, name)
            for job, exposer in PROGRAM_BY_JOB.items()
            for name in foreign(exposer) - watch.prometheus.exposed(job)
        }

    await _until_none_is_missing(unseen)


@pytest.mark.parametrize(
    ("rule", "share"),
    [("container:cpu:used_ratio", CPU_SHARE), ("container:memory:used_ratio", MEMORY_SHARE)],
)
async def test_what_a_container_uses_is_a_share_of_its_own_limit(
    watch: Watch, rule: str, share: float
) -> None:
    containers = [(pod.namespace, pod.name, pod.deployment) for pod in PODS]
    # Scrapes that come late bend a rate. Rows of the whole pod would double it.
    expected = pytest.approx(dict.fromkeys(containers, share), rel=0.5)

    # A rate is low until its window is full.
    await _eventually(lambda: _share_by_container(watch, rule) == expected, f"{share} of limits")


@pytest.mark.usefixtures("load")
async def test_a_load_beyond_the_band_of_two_weeks_is_told_to_slack(watch: Watch) -> None:
    band = 'taskwire:signal:upper_band{signal="request_rate"}'
    [upper] = await _eventually(lambda: watch.prometheus.query(band), "the band")
    # As even as those weeks were, a tenth of what is usual counts as one deviation.
    assert float(upper["value"][1]) == pytest.approx(1.3 * USUAL_BY_SIGNAL["request_rate"])

    [message, *_] = await _eventually(
        lambda: _messages(watch, "slack-prod", "WARNING: RequestRateAnomaly"), "the alert on Slack"
    )
    assert message["title_link"] == "docs/runbooks/RequestRateAnomaly.md"


@pytest.mark.usefixtures("every_exporter")
async def test_a_failed_deployment_is_told_to_slack(watch: Watch) -> None:
    [message, *_] = await _eventually(
        lambda: _messages(watch, "slack-prod-critical", "CRITICAL: DeploymentFailed"),
        "the alert on Slack",
    )
    assert message["title_link"] == "docs/runbooks/DeploymentFailed.md"
    deployed = watch.prometheus.query('taskwire_deployment_info{environment="prod"}')
    assert [each["metric"]["version"] for each in deployed] == ["1.2.3"]


async def test_a_machine_that_is_gone_is_told_to_slack(watch: Watch) -> None:
    [message, *_] = await _eventually(
        lambda: _messages(watch, "slack-prod", "WARNING: ExporterDown"), "the alert on Slack"
    )
    assert message["title_link"] == "docs/runbooks/ExporterDown.md"


async def test_a_relay_that_hangs_is_told_to_slack_and_another_works_when_it_is_killed(
    watch: Watch, observed_stack: WholeStack
) -> None:
    is_well = "taskwire_relay_active == 1"
    await _eventually(lambda: watch.prometheus.query(is_well), "the relay works")
    relay = _pid(observed_stack, "relay")

    # Killed at once, another would be at work before the alert was confirmed.
    os.kill(relay, signal.SIGSTOP)
    try:
        [message, *_] = await _eventually(
            lambda: _messages(watch, "slack-prod-critical", "CRITICAL: ServiceDown"),
            "the alert on Slack",
        )
    finally:
        os.kill(relay, signal.SIGKILL)
    assert "*No taskwire-relay answers in prod*" in message["text"]
    assert message["color"] == "danger"
    assert message["title_link"] == "docs/runbooks/ServiceDown.md"

    await _eventually(lambda: _pid(observed_stack, "relay") != relay, "another relay runs")
    await _eventually(lambda: watch.prometheus.query(is_well), "another relay works")


async def test_a_redis_that_hangs_is_told_to_slack_and_its_end_too(
    watch: Watch, observed_stack: WholeStack
) -> None:
    with _stopped(_pid(observed_stack, "Valkey")):
        [message] = await _eventually(
            lambda: _messages(watch, "slack-prod", "WARNING: DependencyDown"),
            "the alert on Slack",
        )
    assert "*No process reaches redis in prod*" in message["text"]
    assert message["title_link"] == "docs/runbooks/DependencyDown.md"

    [over] = await _eventually(
        lambda: _messages(watch, "slack-prod", "Over: DependencyDown"), "the end on Slack"
    )
    assert over["color"] == "good"


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """The process hangs as long as the block runs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _has_data(watch: Watch, query: str) -> bool:
    """Whether the answer has a number; a quantile of nothing is none."""
    return any(sample["value"][1] != "NaN" for sample in watch.prometheus.query(query))


def _share_by_container(watch: Watch, rule: str) -> dict[tuple[str, str, str], float]:
    return {
        (labels["namespace"], labels["pod"], labels["container"]): float(value)
        for labels, (_, value) in (
            (sample["metric"], sample["value"]) for sample in watch.prometheus.query(rule)
        )
    }


def _messages(watch: Watch, receiver: str, title: str) -> list[dict[str, Any]]:
    return watch.receiver.messages(receiver, title)


async def _eventually(
    look: Any,  # noqa: ANN401 - whatever is looked for
    what: str,
    *,
    seconds: float = 60,
) -> Any:  # noqa: ANN401
    return await asyncio.to_thread(eventually, look, seconds=seconds, what=what)


async def _until_none_is_missing(
    missing: Callable[[], Collection[Any]], seconds: float = 60
) -> None:
    try:
        await _eventually(lambda: not missing(), "all that is looked for", seconds=seconds)
    except AssertionError as error:
        raise AssertionError(sorted(missing())) from error


def _pid(stack: WholeStack, name: str) -> int:
    return next(int(member["pid"]) for member in stack.state["members"] if member["name"] == name)
