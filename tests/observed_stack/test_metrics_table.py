"""docs/metrics.md beside what the processes of a running stack tell."""

import re
from pathlib import Path

import httpx
import pytest

from tests.observed_stack.board import MOVE, the_board
from tests.whole_stack import ApiClient, WholeStack

# The first of them waits until the whole stack has started.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ROLES = ("web", "relay", "bridge", "worker")
_TABLE = Path(__file__).parents[2] / "docs" / "metrics.md"
_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|([^|]*)\|", re.MULTILINE)
_TYPE = re.compile(r"^# TYPE (\S+) (\w+)$", re.MULTILINE)
_LABELS = re.compile(r"^(\w+?)(?:_bucket|_sum|_count)?\{([^}]*)\}", re.MULTILINE)
_LABEL_NAME = re.compile(r'(\w+)="')


def _documented(role: str) -> dict[str, str]:
    """The type by name of what the table says that the role's process tells."""
    rows = _ROW.findall(_TABLE.read_text(encoding="utf-8"))
    return {
        name: kind
        for name, kind, _, processes in rows
        if processes.strip() == "all" or role in processes.strip().split(", ")
    }


async def _scraped(stack: WholeStack, role: str) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(stack.state["metrics_urls"][role])
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text


@pytest.mark.parametrize("role", ROLES)
async def test_the_table_and_a_process_tell_the_same_metrics(
    observed_stack: WholeStack, role: str
) -> None:
    assert dict(_TYPE.findall(await _scraped(observed_stack, role))) == _documented(role)


async def test_the_table_tells_the_labels(owner: ApiClient, observed_stack: WholeStack) -> None:
    board = await the_board(owner)
    moved = {"taskId": board.task_id, "columnId": board.other_column_id}
    await owner.execute(MOVE, input=moved)
    rows = _ROW.findall(_TABLE.read_text(encoding="utf-8"))
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, _, labels, _ in rows}
    told = {
        (name, label)
        for role in ROLES
        for name, labels in _LABELS.findall(await _scraped(observed_stack, role))
        for label in _LABEL_NAME.findall(labels)
        if label != "le"
    }
    assert told - {(name, label) for name in documented for label in documented[name]} == set()
    assert ("taskwire_graphql_operations_total", "operation") in told


async def test_an_operation_shows_in_its_metrics(
    owner: ApiClient, observed_stack: WholeStack
) -> None:
    await the_board(owner)
    text = await _scraped(observed_stack, "web")
    labels = 'operation="ObservedProject",outcome="ok",type="query"'
    assert f"taskwire_graphql_operations_total{{{labels}}}" in text
    assert 'taskwire_http_requests_total{method="POST",route="/graphql",status="200"}' in text
    assert 'taskwire_dependency_up{dependency="kafka"} 1.0' in text
    assert 'taskwire_sql_seconds_count{statement_kind="read"}' in text
    assert 'taskwire_loader_batch_size_count{loader="' in text
