"""Presence through the graph, on this side of every store."""

import asyncio
from typing import Any

import pytest

from domain.access import Role
from domain.commands.members import RemoveMember, remove_member
from domain.commands.projects import CreateProject, create_project
from tests.builders import World, new_id
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient, codes
from tests.graph.conftest import ClientFor
from tests.graph.memory_presence import MemoryPresence, a_presence_snapshot
from tests.graph.mutation_inputs import Given

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


@pytest.mark.parametrize("field", ["taskId", "draggedTaskId"])
async def test_a_report_of_a_task_of_another_project_is_not_passed_on(
    owner: GraphClient, world: World, board: FullBoard, presence: MemoryPresence, field: str
) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    given: Given = {"projectId": str(other.id), field: str(board.task.id)}
    payload = await owner.run("presenceUpdate", given)
    assert payload["errors"] == [
        {"code": "NOT_FOUND", "field": [field], "message": "No such task in this project."}
    ]
    assert presence.reports == []


async def test_a_report_of_an_unknown_task_is_told_with_its_field(
    owner: GraphClient, world: World, board: FullBoard, presence: MemoryPresence
) -> None:
    given: Given = {
        "projectId": str(world.project.id),
        "taskId": str(board.task.id),
        "draggedTaskId": str(new_id()),
    }
    payload = await owner.run("presenceUpdate", given)
    assert [error["field"] for error in payload["errors"]] == [["draggedTaskId"]]
    assert presence.reports == []


async def test_a_report_takes_as_many_statements_with_two_tasks_as_with_one(
    owner: GraphClient, world: World, board: FullBoard, statements: list[str]
) -> None:
    counts = []
    for dragged in (None, str(board.subtask.id)):
        given: Given = {
            "projectId": str(world.project.id),
            "taskId": str(board.task.id),
            "draggedTaskId": dragged,
        }
        statements.clear()
        assert (await owner.run("presenceUpdate", given))["errors"] == []
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 3
