import asyncio
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import delete

from domain.access import Role
from domain.commands.comments import DeleteComment, delete_comment
from domain.commands.task_lifecycle import DeleteTask, delete_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Task
from domain.events import Cursor, Resync, ResyncReason
from domain.identifiers import ProjectId
from graph.operation import GraphResponse
from graph.scalars import encode_cursor
from persistence.database import Database
from persistence.tables import memberships
from tests.builders import World, a_user, new_id
from tests.graph.client import GraphClient, codes
from tests.graph.conftest import ClientFor
from tests.graph.live_feed import MemoryFeed

PROJECT_EVENTS = """subscription($id: ID!, $after: Cursor) {
  projectEvents(projectId: $id, after: $after) {
    __typename
    ... on ProjectEvent {
      id seq cursor kind taskId clientMutationId occurredAt
      actor { name } task { title version } changes { field before after }
    }
    ... on ResyncRequired { reason cursor }
  }
}"""
TASK_EVENTS = """subscription($id: ID!, $after: Cursor) {
  taskEvents(taskId: $id, after: $after) { ... on ProjectEvent { seq kind task { title } } }
}"""


async def _rename(world: World, task: Task, title: str) -> None:
    await world.run(update_task, UpdateTask(task_id=task.id, title=title))


async def _next(responses: AsyncGenerator[GraphResponse, None]) -> GraphResponse:
    async with asyncio.timeout(10):
        return await anext(responses)


@pytest.fixture
async def task(world: World) -> Task:
    return await world.add_task("Weave")


async def test_an_event_comes_with_everything_about_it(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    async with owner.subscribed(PROJECT_EVENTS, id=str(world.project.id)) as responses:
        await _rename(world, task, "Spin")
        event = await world.last_event()
        pending = asyncio.ensure_future(_next(responses))
        await feed.followed()
        feed.tell(event)
        response = await pending
    assert response.errors == ()
    assert response.data == {
        "projectEvents": {
            "__typename": "ProjectEvent",
            "id": str(event.id),
            "seq": event.seq,
            "cursor": encode_cursor(Cursor(world.project.id, event.seq)),
            "kind": "TASK_UPDATED",
            "taskId": str(task.id),
            "clientMutationId": None,
            "occurredAt": event.occurred_at.isoformat().replace("+00:00", "Z"),
            "actor": {"name": "Owner"},
            "task": {"title": "Spin", "version": 2},
            "changes": [{"field": "title", "before": "Weave", "after": "Spin"}],
        }
    }


async def test_every_event_shows_the_state_of_its_moment(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    position = encode_cursor(Cursor(world.project.id, await world.seq()))
    async with owner.subscribed(
        PROJECT_EVENTS, id=str(world.project.id), after=position
    ) as responses:
        for title in ("One", "Two", "Three"):
            await _rename(world, task, title)
            feed.tell(await world.last_event())
            assert _event(await _next(responses))["task"] == {
                "title": title,
                "version": (await world.task(task.id)).version,
            }


async def test_what_was_told_after_the_position_is_replayed(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    position = Cursor(world.project.id, await world.seq())
    for title in ("One", "Two"):
        await _rename(world, task, title)
        feed.tell(await world.last_event())
    async with owner.subscribed(
        PROJECT_EVENTS, id=str(world.project.id), after=encode_cursor(position)
    ) as responses:
        seqs = [_event(await _next(responses))["seq"] for _ in range(2)]
    assert seqs == [position.seq + 1, position.seq + 2]
    assert feed.asked == [(world.project.id, position.seq)]


def _event(response: GraphResponse) -> dict[str, object]:
    assert response.data is not None
    [update] = response.data.values()
    assert isinstance(update, dict)
    return dict(update)


async def test_without_a_position_the_feed_starts_with_the_next_event(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    async with owner.subscribed(PROJECT_EVENTS, id=str(world.project.id)) as responses:
        pending = asyncio.ensure_future(_next(responses))
        await feed.followed()
        await _rename(world, task, "Spin")
        feed.tell(await world.last_event())
        await pending
    assert feed.asked == [(world.project.id, None)]


async def test_the_events_of_one_task_are_its_own(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    other = await world.add_task("Other")
    position = await world.seq()
    await _rename(world, other, "Not mine")
    await _rename(world, task, "Mine")
    comment = await world.add_comment(task)
    await world.run(delete_comment, DeleteComment(comment_id=comment.id))
    feed.tell(*await world.events(after=position))
    after = encode_cursor(Cursor(world.project.id, position))
    async with owner.subscribed(TASK_EVENTS, id=str(task.id), after=after) as responses:
        seen = [_event(await _next(responses)) for _ in range(3)]
    assert [event["kind"] for event in seen] == [
        "TASK_UPDATED", "COMMENT_CREATED", "COMMENT_DELETED",
    ]  # fmt: skip
    assert [event["seq"] for event in seen] == [position + 2, position + 3, position + 4]


async def test_the_deletion_of_a_task_is_told_without_it(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    position = await world.seq()
    after = encode_cursor(Cursor(world.project.id, position))
    async with owner.subscribed(TASK_EVENTS, id=str(task.id), after=after) as responses:
        await world.run(delete_task, DeleteTask(task_id=task.id))
        feed.tell(*await world.events(after=position))
        event = _event(await _next(responses))
    assert event == {"seq": position + 1, "kind": "TASK_DELETED", "task": None}


async def test_what_can_not_be_replayed_asks_for_a_resync(
    owner: GraphClient, world: World, feed: MemoryFeed
) -> None:
    position = Cursor(world.project.id, 41)
    feed.tell(Resync(reason=ResyncReason.CURSOR_EXPIRED, cursor=position))
    async with owner.subscribed(
        PROJECT_EVENTS, id=str(world.project.id), after=encode_cursor(Cursor(world.project.id, 0))
    ) as responses:
        event = _event(await _next(responses))
    assert event == {
        "__typename": "ResyncRequired",
        "reason": "CURSOR_EXPIRED",
        "cursor": encode_cursor(position),
    }


@pytest.mark.parametrize("text", [PROJECT_EVENTS, TASK_EVENTS])
async def test_a_stranger_is_refused_what_exists_like_what_does_not(
    stranger: GraphClient, world: World, task: Task, text: str
) -> None:
    there = str(world.project.id if text is PROJECT_EVENTS else task.id)
    answers = [await stranger.unsubscribable(text, id=i) for i in (there, str(new_id()))]
    assert answers[0] == answers[1]
    assert codes(answers[0]) == ["FORBIDDEN"]
    assert answers[0].is_request_error


@pytest.mark.parametrize("text", [PROJECT_EVENTS, TASK_EVENTS])
async def test_nobody_is_refused_without_an_access_token(
    nobody: GraphClient, world: World, text: str
) -> None:
    refused = await nobody.unsubscribable(text, id=str(world.project.id))
    assert codes(refused) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("text", [PROJECT_EVENTS, TASK_EVENTS])
async def test_a_malformed_id_is_bad_input(owner: GraphClient, text: str) -> None:
    refused = await owner.unsubscribable(text, id="x")
    assert codes(refused) == ["BAD_USER_INPUT"]
    assert refused.errors[0]["message"] == "Not an ID: must be a UUID."


@pytest.mark.parametrize("text", [PROJECT_EVENTS, TASK_EVENTS])
async def test_a_position_in_another_project_is_bad_input(
    owner: GraphClient, world: World, task: Task, text: str
) -> None:
    there = str(world.project.id if text is PROJECT_EVENTS else task.id)
    foreign = encode_cursor(Cursor(ProjectId(new_id()), 3))
    refused = await owner.unsubscribable(text, id=there, after=foreign)
    assert refused.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "field": ["after"]}


@pytest.mark.parametrize("position", ["", "x", "A" * 32 + "=", "\x00", "é" * 32, 7, True])
async def test_what_is_no_position_is_bad_input(
    owner: GraphClient, world: World, position: str | int
) -> None:
    refused = await owner.unsubscribable(PROJECT_EVENTS, id=str(world.project.id), after=position)
    assert codes(refused) == ["BAD_USER_INPUT"]
    assert refused.is_request_error


async def test_losing_access_ends_the_subscription(
    client_for: ClientFor, world: World, task: Task, feed: MemoryFeed, database: Database
) -> None:
    viewer = client_for(Role.VIEWER)
    after = encode_cursor(Cursor(world.project.id, await world.seq()))
    async with viewer.subscribed(
        PROJECT_EVENTS, id=str(world.project.id), after=after
    ) as responses:
        await _rename(world, task, "Seen")
        feed.tell(await world.last_event())
        assert codes(await _next(responses)) == []
        async with database.transaction() as connection:
            await connection.execute(
                delete(memberships).where(memberships.c.user_id == viewer.user_id)
            )
        await _rename(world, task, "Secret")
        feed.tell(await world.last_event())
        last = await _next(responses)
        assert codes(last) == ["FORBIDDEN"]
        assert "data" not in last.as_json()
        with pytest.raises(StopAsyncIteration):
            await _next(responses)
    assert feed.followers == 0


async def test_a_resync_is_not_told_to_who_lost_access(
    client_for: ClientFor, world: World, feed: MemoryFeed, database: Database
) -> None:
    viewer = client_for(Role.VIEWER)
    async with viewer.subscribed(PROJECT_EVENTS, id=str(world.project.id)) as responses:
        pending = asyncio.ensure_future(_next(responses))
        await feed.followed()
        async with database.transaction() as connection:
            await connection.execute(
                delete(memberships).where(memberships.c.user_id == viewer.user_id)
            )
        position = Cursor(world.project.id, 41)
        feed.tell(Resync(reason=ResyncReason.ACCESS_CHANGED, cursor=position))
        assert codes(await pending) == ["FORBIDDEN"]


async def test_closing_the_responses_closes_the_feed(
    owner: GraphClient, world: World, task: Task, feed: MemoryFeed
) -> None:
    after = encode_cursor(Cursor(world.project.id, await world.seq()))
    async with owner.subscribed(PROJECT_EVENTS, id=str(world.project.id), after=after) as responses:
        await _rename(world, task, "Spin")
        feed.tell(await world.last_event())
        await _next(responses)
        assert feed.followers == 1
        await responses.aclose()
        assert feed.followers == 0


async def test_cancelling_a_waiting_reader_closes_the_feed(
    owner: GraphClient, world: World, feed: MemoryFeed
) -> None:
    async with owner.subscribed(PROJECT_EVENTS, id=str(world.project.id)) as responses:
        waiting = asyncio.ensure_future(_next(responses))
        await feed.followed()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert feed.followers == 0


async def test_a_stream_that_runs_out_ends_the_subscription(
    owner: GraphClient, world: World, feed: MemoryFeed
) -> None:
    async with owner.subscribed(PROJECT_EVENTS, id=str(world.project.id)) as responses:
        waiting = asyncio.ensure_future(_next(responses))
        await feed.followed()
        feed.end()
        with pytest.raises(StopAsyncIteration):
            await waiting
    assert feed.followers == 0


async def test_many_subscribers_hear_the_same(
    client_for: ClientFor, world: World, task: Task, feed: MemoryFeed
) -> None:
    after = encode_cursor(Cursor(world.project.id, await world.seq()))
    await _rename(world, task, "Spin")
    feed.tell(await world.last_event())
    seen = []
    for role in Role:
        async with client_for(role).subscribed(
            PROJECT_EVENTS, id=str(world.project.id), after=after
        ) as responses:
            seen.append(await _next(responses))
    assert all(response == seen[0] for response in seen)


@pytest.mark.parametrize("text", ["{ viewer { id } }", "mutation { __typename }"])
async def test_only_subscriptions_are_subscribed_to(owner: GraphClient, text: str) -> None:
    assert codes(await owner.unsubscribable(text)) == ["OPERATION_NOT_ALLOWED"]


async def test_a_subscription_is_not_executed(owner: GraphClient, world: World) -> None:
    response = await owner.execute(PROJECT_EVENTS, {"id": str(world.project.id)})
    assert codes(response) == ["OPERATION_NOT_ALLOWED"]
    assert response.is_request_error


async def test_a_subscription_has_one_root_field(owner: GraphClient) -> None:
    one = 'projectEvents(projectId: "x") { __typename }'
    refused = await owner.unsubscribable(f"subscription {{ a: {one} b: {one} }}")
    assert codes(refused) == ["BAD_USER_INPUT"]


async def test_the_limits_hold_for_subscriptions(owner: GraphClient) -> None:
    deep = "task { parent " + "{ parent " * 30 + "{ id }" + " }" * 31
    selected = "{ ... on ProjectEvent { " + deep + " } }"
    text = 'subscription { projectEvents(projectId: "x") ' + selected + " }"
    assert codes(await owner.unsubscribable(text)) == ["QUERY_TOO_COMPLEX"]


async def test_a_deleted_account_follows_nothing(client_for: ClientFor, world: World) -> None:
    refused = await client_for(a_user().id).unsubscribable(PROJECT_EVENTS, id=str(world.project.id))
    assert codes(refused) == ["FORBIDDEN"]
