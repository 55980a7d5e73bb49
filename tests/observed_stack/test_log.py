"""The log of a running stack, and the view of its health."""

import asyncio
import json
from datetime import datetime
from uuid import UUID

import httpx
import pytest

from tests.infra.deploy.observability.monitoring import eventually
from tests.observed_stack.board import MOVE, PROJECT, the_board
from tests.observed_stack.test_metrics_table import ROLES
from tests.whole_stack import DEMO_PASSWORD, ApiClient, WholeStack

# The first of them waits until the whole stack has started.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def _lines(stack: WholeStack, role: str) -> list[dict[str, object]]:
    text = (stack.data_dir / "logs" / f"{role}.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("role", ROLES)
def test_every_line_is_an_object_that_says_who_speaks(
    observed_stack: WholeStack, role: str
) -> None:
    lines = _lines(observed_stack, role)
    assert {line["service.name"] for line in lines} <= {f"taskwire-{role}"}
    assert all(datetime.fromisoformat(str(line["@timestamp"])) for line in lines)
    assert all(line.keys() >= {"log.level", "log.logger", "message"} for line in lines)


async def test_an_operation_has_one_access_line(
    owner: ApiClient, observed_stack: WholeStack
) -> None:
    board = await the_board(owner)
    moved = await owner.execute(
        MOVE,
        headers={"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-00", "x-request-id": "the-move"},
        input={"taskId": board.task_id, "columnId": board.other_column_id},
    )

    def access_lines() -> list[dict[str, object]]:
        return [
            line
            for line in _lines(observed_stack, "web")
            if line.get("http.request.id") == "the-move" and line["log.logger"] == "taskwire.access"
        ]

    await asyncio.to_thread(eventually, access_lines, seconds=30, what="the access line")
    [line] = access_lines()
    assert line["taskwire.operation"] == "ObservedMove"
    assert line["taskwire.operation_type"] == "mutation"
    assert line["taskwire.outcome"] == "ok"
    assert line["taskwire.transport"] == "http"
    assert line["trace.id"] == TRACE_ID
    assert UUID(str(line["user.id"])).version == 7
    assert int(str(line["event.duration"])) > 0
    assert int(str(line["taskwire.cost"])) > 0
    assert moved["taskMove"]["task"]["title"] not in json.dumps(line)


async def test_no_log_holds_a_secret(owner: ApiClient, observed_stack: WholeStack) -> None:
    await owner.execute(PROJECT)
    state = observed_stack.state
    secrets = {
        DEMO_PASSWORD,
        state["database_url"],
        state["database_url"].split(":")[2].split("@")[0],
        (observed_stack.data_dir / "secret.key").read_text(encoding="utf-8").strip(),
    }
    text = "".join(
        (observed_stack.data_dir / "logs" / f"{role}.log").read_text(encoding="utf-8")
        for role in ROLES
    )
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("role", ["relay", "bridge", "worker"])
async def test_a_process_without_a_web_server_answers_probes(
    observed_stack: WholeStack, role: str
) -> None:
    origin = observed_stack.state["metrics_urls"][role].removesuffix("/metrics")
    async with httpx.AsyncClient(base_url=origin, trust_env=False, timeout=30) as client:
        answers = [await client.get(path) for path in ("/livez", "/readyz", "/startupz")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].json()["status"] == "ready"


def test_the_doctor_tells_of_every_process_and_its_dependencies(
    observed_stack: WholeStack,
) -> None:
    examined = observed_stack.run("doctor")
    assert examined.returncode == 0, examined.stdout
    lines = examined.stdout.splitlines()
    for role in ROLES:
        [line] = [line for line in lines if line.split()[:2] == ["✓", role]]
        assert "ready" in line
