"""One mutation's trace, from the request to the websockets."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.observed_stack.board import FOLLOW, MOVE, the_board
from tests.observed_stack.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.whole_stack import ApiClient

# The first of them waits until the whole stack has started.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

# As a client with tracing of its own would send it.
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CLIENT_SPAN_ID = "b7ad6b7169203331"

# What makes each step's span, and whose child it is.
STEPS = {
    ("taskwire-web", "POST /graphql"): None,
    ("taskwire-web", "mutation ObservedMove"): "POST /graphql",
    ("taskwire-web", "command MoveTask"): "mutation ObservedMove",
    ("taskwire-web", "unit of work"): "command MoveTask",
    ("taskwire-web", "load ChecklistByTaskLoader"): "mutation ObservedMove",
    ("taskwire-web", "SQL read"): "load ChecklistByTaskLoader",
    ("taskwire-relay", "outbox"): "unit of work",
    ("taskwire-relay", "send taskwire.project-events"): "outbox",
    ("taskwire-bridge", "process taskwire.project-events"): "unit of work",
    ("taskwire-bridge", "PUBLISH project"): "process taskwire.project-events",
    ("taskwire-web", "deliver"): "unit of work",
    ("taskwire-web", "execute projectEvents"): "unit of work",
    ("taskwire-web", "send projectEvents"): "unit of work",
}


def _has_every_step(spans: Sequence[ReceivedSpan]) -> bool:
    return STEPS.keys() <= {(span.service, span.name) for span in spans}


@pytest.fixture
async def trace(owner: ApiClient, collector: OtlpReceiver) -> list[ReceivedSpan]:
    """The spans of a move that a subscriber has seen."""
    board = await the_board(owner)
    async with owner.subscribed(FOLLOW, id=board.project_id, after=board.cursor) as subscription:
        # Once this one has come, what follows comes live.
        await owner.execute(
            MOVE, input={"taskId": board.task_id, "columnId": board.other_column_id}
        )
        await subscription.next()
        moved = await owner.execute(
            MOVE,
            headers={"traceparent": f"00-{TRACE_ID}-{CLIENT_SPAN_ID}-01"},
            input={
                "taskId": board.task_id,
                "columnId": board.column_id,
                "clientMutationId": "the-observed-move",
            },
        )
        assert moved["taskMove"]["errors"] == []
        event = (await subscription.next())["projectEvents"]
        assert event["clientMutationId"] == "the-observed-move"
        title = event["task"]["title"]
    spans = await asyncio.to_thread(collector.wait_for_trace, TRACE_ID, _has_every_step, seconds=60)
    assert title not in " ".join(str(span.span) for span in spans)
    return spans


async def test_a_mutation_is_one_trace_from_the_request_to_its_delivery(
    trace: list[ReceivedSpan],
) -> None:
    assert {(span.service, span.name) for span in trace} >= STEPS.keys()
    by_id = {span.span_id: span for span in trace}
    parent_names = {
        ((span.service, span.name), by_id[span.parent_id].name)
        for span in trace
        if span.parent_id in by_id
    }
    assert parent_names >= {(step, parent) for step, parent in STEPS.items() if parent}
    [request] = [span for span in trace if span.name == "POST /graphql"]
    assert request.parent_id == CLIENT_SPAN_ID
