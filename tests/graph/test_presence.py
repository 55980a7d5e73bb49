"""Presence through the graph, on this side of every store."""

import asyncio
from typing import Any

from domain.access import Role
from domain.commands.members import RemoveMember, remove_member
from tests.builders import World, new_id
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient, codes
from tests.graph.conftest import ClientFor
from tests.graph.memory_presence import MemoryPresence, a_presence_snapshot

FOLLOW = """subscription ($id: ID!) {
  presence(projectId: $id) {
    isComplete project { key }
    members { userId user { name } taskId task { title } draggedTaskId draggedTask { title } since }
  }
}"""


async def test_a_viewer_hears_who_is_there_and_is_there(
    client_for: ClientFor, world: World, board: FullBoard, presence: MemoryPresence
) -> None:
    viewer = client_for(Role.VIEWER)
    async with viewer.subscribed(FOLLOW, id=str(world.project.id)) as responses:
        presence.told.put_nowait(a_presence_snapshot(board, world.actor(Role.OWNER)))
        response = await anext(responses)
        assert presence.here == [world.actor(Role.VIEWER)]
    assert response.errors == ()
    data: Any = response.data
    update = data["presence"]
    [member] = update["members"]
    assert (update["isComplete"], update["project"]) == (True, {"key": world.project.key})
    assert member["userId"] == str(world.actor(Role.OWNER))
    assert member["user"]["name"]
    assert (member["taskId"], member["task"]) == (str(board.task.id), {"title": board.task.title})
    assert (member["draggedTaskId"], member["draggedTask"]) == (None, None)
    assert member["since"].startswith("2026-01-05T09:00:00")
    assert presence.here == []


async def test_a_stranger_does_not_hear_who_is_there(stranger: GraphClient, world: World) -> None:
    assert codes(await stranger.unsubscribable(FOLLOW, id=str(world.project.id))) == ["FORBIDDEN"]


async def test_whoever_is_removed_hears_nothing_more(
    client_for: ClientFor, world: World, board: FullBoard, presence: MemoryPresence
) -> None:
    async with client_for(Role.MEMBER).subscribed(FOLLOW, id=str(world.project.id)) as responses:
        waiting = asyncio.ensure_future(anext(responses))
        async with world.transaction() as work:
            members = await work.members(world.workspace.id)
        [membership] = [m for m in members if m.user_id == world.actor(Role.MEMBER)]
        await world.bus.run(
            remove_member,
            RemoveMember(membership_id=membership.id),
            actor_id=world.actor(Role.OWNER),
        )
        presence.told.put_nowait(a_presence_snapshot(board, world.actor(Role.OWNER)))
        assert codes(await waiting) == ["FORBIDDEN"]


async def test_a_report_is_passed_on_and_leaves_no_event(
    client_for: ClientFor, world: World, board: FullBoard, presence: MemoryPresence
) -> None:
    before = await world.seq()
    given = {
        "projectId": str(world.project.id),
        "draggedTaskId": str(board.task.id),
        "clientMutationId": "mine",
    }
    payload = await client_for(Role.VIEWER).run("presenceUpdate", given)
    assert payload == {"cursor": None, "clientMutationId": "mine", "errors": []}
    [(user_id, report)] = presence.reports
    assert user_id == world.actor(Role.VIEWER)
    assert (report.project_id, report.task_id) == (world.project.id, None)
    assert report.dragged_task_id == board.task.id
    assert await world.seq() == before


async def test_a_report_to_an_unknown_project_is_not_passed_on(
    owner: GraphClient, presence: MemoryPresence
) -> None:
    payload = await owner.run("presenceUpdate", {"projectId": str(new_id())})
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    assert presence.reports == []
