"""The running stack as a real Prometheus sees it, and a real Alertmanager tells of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from infra.deploy.observability.grafana.generation import BOARDS
from infra.embedded.ports import free_ports
from tests.infra.deploy.observability.metric_names import all_rules, foreign_names, recorded
from tests.infra.deploy.observability.monitoring import (
    Prometheus,
    alertmanager,
    eventually,
    prometheus,
)
from tests.infra.deploy.observability.programs import program
from tests.infra.deploy.observability.promql import base_name, metric_names, without_variables
from tests.infra.deploy.observability.receiver import Receiver, receiving
from tests.observed_stack.board import FOLLOW, MOVE, Board, the_board
from tests.observed_stack.test_metrics_table import ROLES
from tests.whole_stack import ApiClient, WholeStack

# The first of them waits until the whole stack has started.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CREATE: Final = """
  mutation ObservedCreate($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } } }
"""
COMMENT: Final = """
  mutation ObservedComment($input: CommentCreateInput!) {
    commentCreate(input: $input) { errors { code } }
  }
"""
# Of other programs, which do not run here.
OWN: Final = ("taskwire", "environment", "process_", "up", "instance:process_fds")
# What a short load can't fill, and why.
UNANSWERED: Final[Mapping[str, str]] = {
    "taskwire:signal:lower_band": "takes two weeks of samples; the rules' unit tests have them",
    "taskwire:signal:upper_band": "takes two weeks of samples; the rules' unit tests have them",
    "taskwire_deployment_info": "is pushed by the delivery pipeline",
    "taskwire_deployment_failed_total": "is pushed by the delivery pipeline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What watches the stack."""

    prometheus: Prometheus
    receiver: Receiver


@pytest.fixture(scope="module")
def watch(observed_stack: WholeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Prometheus and Alertmanager with the project's files, and somebody on Slack."""
    program("prometheus"), program("prometheus-alertmanager")
    folder = tmp_path_factory.mktemp("watch")
    prometheus_port, alertmanager_port = free_ports(2)
    addresses = observed_stack.state["metrics_urls"]
    ports_by_job = {f"taskwire-{role}": _port(addresses[role]) for role in ROLES}
    with (
        receiving() as receiver,
        alertmanager(folder, port=alertmanager_port, receiver_url=receiver.url),
        prometheus(
            folder,
            port=prometheus_port,
            ports_by_job={
                **ports_by_job,
                "prometheus": prometheus_port,
                "alertmanager": alertmanager_port,
            },
            alertmanager_port=alertmanager_port,
        ) as server,
    ):
        yield Watch(prometheus=server, receiver=receiver)


@pytest.fixture
async def load(owner: ApiClient, observed_stack: WholeStack) -> AsyncIterator[None]:
    """People at work on the demo board, until the test is over."""
    async with AsyncExitStack() as stack:
        board = await the_board(owner)
        await stack.enter_async_context(
            owner.subscribed(FOLLOW, id=board.project_id, after=board.cursor)
        )
        at_work = asyncio.create_task(_work(owner, observed_stack, board))
        yield
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)


async def test_a_short_load_answers_every_query_and_leaves_no_metric_out(
    watch: Watch,
    load: None,  # noqa: ARG001 - runs beside it
) -> None:
    missing = set(_own_queries())

    def all_answered() -> bool:
        missing.difference_update([query for query in missing if _has_data(watch, query)])
        return not missing

    try:
        await asyncio.to_thread(eventually, all_answered, seconds=90, what="data for every query")
    except AssertionError as error:
        raise AssertionError(sorted(missing)) from error
    assert len(_own_queries()) > 60
    assert {rule["health"] for rule in watch.prometheus.rules()} == {"ok"}
    answer = watch.prometheus.client.get("/api/v1/metadata").json()
    known = answer["data"].keys() | foreign_names() | recorded() | UNANSWERED.keys()
    assert {name for name in _named() if not {name, base_name(name)} & known} == set()


async def test_a_killed_relay_is_told_to_slack_until_another_works(
    watch: Watch, observed_stack: WholeStack
) -> None:
    is_well = "taskwire_relay_active == 1"
    await _eventually(lambda: watch.prometheus.query(is_well), "the relay works")

    os.kill(_pid(observed_stack, "relay"), signal.SIGKILL)

    # The process is gone for seconds; the lease that it could not give back, for some more.
    [message, *_] = await _eventually(
        lambda: [
            *_messages(watch, "slack-prod-critical", "CRITICAL: ServiceDown"),
            *_messages(watch, "slack-prod-critical", "CRITICAL: NoActiveRelay"),
        ],
        "the alert on Slack",
    )
    assert "relay" in message["text"]
    assert message["color"] == "danger"
    assert message["title_link"] in {
        "docs/runbooks/ServiceDown.md",
        "docs/runbooks/NoActiveRelay.md",
    }
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


async def _work(owner: ApiClient, stack: WholeStack, board: Board) -> None:
    """Round after round: a task made, commented and moved, two mistakes, a look at the board."""
    columns = [board.column_id, board.other_column_id]
    while True:
        columns.reverse()
        made = await owner.execute(
            CREATE,
            input={"projectId": board.project_id, "columnId": columns[0], "title": "Observed"},
        )
        task_id = made["taskCreate"]["task"]["id"]
        await owner.execute(COMMENT, input={"taskId": task_id, "body": "Seen"})
        await owner.execute(MOVE, input={"taskId": task_id, "columnId": columns[1]})
        await the_board(owner)
        await _make_mistakes(owner, stack)


async def _make_mistakes(owner: ApiClient, stack: WholeStack) -> None:
    with pytest.raises(AssertionError, match="noSuchField"):
        await owner.execute("query Mistaken { noSuchField }")
    address = stack.url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send("no message of the protocol")
        with pytest.raises(ConnectionClosed):
            await socket.recv()


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """The process hangs as long as the block runs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _queries() -> set[str]:
    return {
        without_variables(query.expr)
        for board in BOARDS
        for row in board.rows
        for panel in row.panels
        for query in panel.queries
    }


def _own_queries() -> list[str]:
    """What the dashboards ask of Taskwire's own metrics, and of what rules make of them."""
    return sorted(
        query
        for query in _queries()
        if all(name.startswith(OWN) for name in metric_names(query))
        and not metric_names(query) & UNANSWERED.keys()
        # These find who is in trouble, and nobody is.
        and "== 0" not in query
    )


def _named() -> set[str]:
    """Every metric that a dashboard or a rule reads."""
    expressions = {*_queries(), *(str(rule["expr"]) for rule in all_rules())}
    return {name for expression in expressions for name in metric_names(expression)}


def _has_data(watch: Watch, query: str) -> bool:
    """Whether the answer has a number; a quantile of nothing is none."""
    return any(sample["value"][1] != "NaN" for sample in watch.prometheus.query(query))


def _messages(watch: Watch, receiver: str, title: str) -> list[dict[str, Any]]:
    return watch.receiver.messages(receiver, title)


async def _eventually(look: Any, what: str) -> Any:  # noqa: ANN401 - whatever is looked for
    return await asyncio.to_thread(eventually, look, seconds=60, what=what)


def _pid(stack: WholeStack, name: str) -> int:
    return next(int(member["pid"]) for member in stack.state["members"] if member["name"] == name)


def _port(address: str) -> int:
    port = httpx.URL(address).port
    assert port is not None
    return port
