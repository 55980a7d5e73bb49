import asyncio
from typing import Any

import pytest

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.tasks import UpdateTask, update_task
from domain.events import Cursor
from graph.scalars import encode_cursor
from tests.builders import World, new_id
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor
from tests.graph.mutation_inputs import FOR_MEMBERS, WITH_AN_OBJECT, Given, mutation_text

# Mutations of an object with a version, and the payload's field for it.
OBJECT_BY_VERSIONED_MUTATION = {
    "workspaceUpdate": "workspace",
    "projectUpdate": "project", "projectArchive": "project", "projectRestore": "project",
    "columnUpdate": "column", "columnMove": "column", "columnDelete": "column",
    "labelUpdate": "label", "labelDelete": "label",
    "taskUpdate": "task", "taskMove": "task", "taskArchive": "task", "taskRestore": "task",
    "taskDelete": "task",
    "checklistItemUpdate": "item", "checklistItemDelete": "item",
    "commentUpdate": "comment", "commentDelete": "comment",
}  # fmt: skip


async def _position(world: World) -> str:
    return encode_cursor(Cursor(world.project.id, await world.seq()))


@pytest.mark.parametrize("mutation", WITH_AN_OBJECT)
async def test_the_owner_may_run_every_mutation(
    owner: GraphClient, board: FullBoard, mutation: str
) -> None:
    seen = await owner.data(mutation_text(mutation), i=WITH_AN_OBJECT[mutation](board))
    payload = seen[mutation]
    assert payload.pop("errors") == []
    # What is the workspace's has a place in no project's sequence, or in several.
    assert (payload.pop("cursor") is None) is mutation.startswith(("workspace", "member", "invite"))
    # A deletion tells the id, and the object only with STALE_VERSION.
    told = [value for value in payload.values() if value]
    assert len(told) == 1


@pytest.mark.parametrize(
    "mutation",
    sorted(
        set(FOR_MEMBERS)
        - {"workspaceUpdate", "projectCreate", "memberUpdate", "memberRemove", "memberInvite"}
        - {"inviteRevoke"}
    ),
)
async def test_the_cursor_is_the_position_of_the_last_event(
    owner: GraphClient, board: FullBoard, mutation: str
) -> None:
    given = {**FOR_MEMBERS[mutation](board), "clientMutationId": "mine"}
    payload = await owner.run(mutation, given)
    assert payload == {
        "cursor": await _position(board.world),
        "clientMutationId": "mine",
        "errors": [],
    }


async def test_the_event_carries_the_client_mutation_id(
    owner: GraphClient, board: FullBoard
) -> None:
    given: Given = {"taskId": str(board.task.id), "title": "New", "clientMutationId": "tab-7/3"}
    await owner.run("taskUpdate", given)
    assert (await board.world.last_event()).client_mutation_id == "tab-7/3"


@pytest.mark.parametrize("mutation", OBJECT_BY_VERSIONED_MUTATION)
async def test_a_stale_version_is_refused_with_the_present_object(
    owner: GraphClient, board: FullBoard, mutation: str
) -> None:
    seq = await board.world.seq()
    shown = OBJECT_BY_VERSIONED_MUTATION[mutation]
    given: Given = {**FOR_MEMBERS[mutation](board), "expectedVersion": 99}
    payload = await owner.run(mutation, given, f"{shown} {{ id version }}")
    [error] = payload["errors"]
    assert error["code"] == "STALE_VERSION"
    assert error["field"] == ["expectedVersion"]
    assert payload["cursor"] is None
    assert payload[shown]["version"] in (1, 2)
    assert payload[shown]["id"] in given.values()
    assert await board.world.seq() == seq


@pytest.mark.parametrize("mutation", OBJECT_BY_VERSIONED_MUTATION)
async def test_the_present_version_is_accepted(
    owner: GraphClient, board: FullBoard, mutation: str
) -> None:
    shown = OBJECT_BY_VERSIONED_MUTATION[mutation]
    given: Given = {**FOR_MEMBERS[mutation](board), "expectedVersion": 99}
    stale = await owner.run(mutation, given, f"{shown} {{ version }}")
    again: Given = {**given, "expectedVersion": stale[shown]["version"]}
    assert (await owner.run(mutation, again))["errors"] == []


async def test_an_error_names_code_field_and_message(owner: GraphClient, board: FullBoard) -> None:
    given: Given = {"taskId": str(board.task.id), "title": "  ", "clientMutationId": "m"}
    payload = await owner.run("taskUpdate", given, "task { id }")
    assert payload == {
        "cursor": None,
        "clientMutationId": "m",
        "errors": [{"code": "INVALID_INPUT", "field": ["title"], "message": "Must not be empty."}],
        "task": None,
    }


@pytest.mark.parametrize(
    ("mutation", "said", "code", "field"),
    [
        ("taskUpdate", {"taskId": "x"}, "INVALID_INPUT", ["taskId"]),
        ("taskUpdate", {"addedLabelIds": ["x"]}, "INVALID_INPUT", ["addedLabelIds", "0"]),
        ("tasksUpdate", {"taskIds": []}, "INVALID_INPUT", ["taskIds"]),
        ("tasksUpdate", {"taskIds": ["", "x"]}, "INVALID_INPUT", ["taskIds", "0"]),
        ("taskCreate", {"id": "1"}, "INVALID_INPUT", ["id"]),
        ("taskCreate", {"estimate": -1}, "INVALID_INPUT", ["estimate"]),
        ("taskCreate", {"assigneeId": str(new_id())}, "NOT_FOUND", ["assigneeId"]),
        ("taskCreate", {"labelIds": [str(new_id())]}, "NOT_FOUND", ["labelIds"]),
        ("taskMove", {"columnId": str(new_id())}, "NOT_FOUND", ["columnId"]),
        ("labelCreate", {"name": "bug"}, "ALREADY_EXISTS", ["name"]),
        ("labelCreate", {"color": "red"}, "INVALID_INPUT", ["color"]),
        ("projectCreate", {"key": "ENG"}, "ALREADY_EXISTS", ["key"]),
        ("projectCreate", {"key": "e"}, "INVALID_INPUT", ["key"]),
        ("workspaceCreate", {"slug": "A"}, "INVALID_INPUT", ["slug"]),
        ("commentCreate", {"body": " "}, "INVALID_INPUT", ["body"]),
        ("columnCreate", {"wipLimit": -1}, "INVALID_INPUT", ["wipLimit"]),
        ("commentCreate", {"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
        ("commentCreate", {"idempotencyKey": "k" * 256}, "INVALID_INPUT", ["idempotencyKey"]),
        ("commentCreate", {"clientMutationId": "k" * 256}, "INVALID_INPUT", ["clientMutationId"]),
    ],
)
async def test_what_can_be_mended_is_told_in_the_payload(
    owner: GraphClient, board: FullBoard, mutation: str, said: Given, code: str, field: list[str]
) -> None:
    payload = await owner.run(mutation, {**WITH_AN_OBJECT[mutation](board), **said})
    [error] = payload["errors"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"].endswith(".")


async def test_a_column_with_tasks_is_not_deleted_without_a_place_for_them(
    owner: GraphClient, board: FullBoard
) -> None:
    given: Given = {"columnId": str(board.world.to_do.id)}
    payload = await owner.run("columnDelete", given, "deletedColumnId")
    assert payload["errors"][0]["code"] == "COLUMN_NOT_EMPTY"
    assert payload["deletedColumnId"] is None


async def test_ids_of_another_workspace_are_not_found(
    owner: GraphClient, board: FullBoard, other_world: World
) -> None:
    label = await other_world.do(
        create_label, CreateLabel(project_id=other_world.project.id, name="X", color="#000000")
    )
    task = await other_world.add_task()
    foreign: dict[str, Any] = {
        "assigneeId": str(other_world.actor(Role.OWNER)),
        "addedLabelIds": [str(label.id)],
        "parentId": str(task.id),
    }
    for field, value in foreign.items():
        payload = await owner.run("taskUpdate", {"taskId": str(board.task.id), field: value})
        assert [e["code"] for e in payload["errors"]] == ["NOT_FOUND"]
    moved: Given = {"taskId": str(board.task.id), "columnId": str(other_world.to_do.id)}
    assert (await owner.run("taskMove", moved))["errors"][0]["code"] == "NOT_FOUND"


TASK = "task { title description priority estimate dueDate assignee { id } version }"


async def test_what_is_absent_stays_as_it_is(owner: GraphClient, board: FullBoard) -> None:
    payload = await owner.run("taskUpdate", {"taskId": str(board.task.id), "title": "New"}, TASK)
    assert payload["task"] == {
        "title": "New",
        "description": "",
        "priority": "NONE",
        "estimate": 3,
        "dueDate": "2026-03-04",
        "assignee": {"id": str(board.world.actor(Role.MEMBER))},
        "version": 3,
    }


async def test_null_clears(owner: GraphClient, board: FullBoard) -> None:
    cleared: Given = {"estimate": None, "dueDate": None, "assigneeId": None, "description": None}
    payload = await owner.run("taskUpdate", {"taskId": str(board.task.id), **cleared}, TASK)
    assert payload["errors"] == []
    assert payload["task"] == {
        "title": "Weave",
        "description": "",
        "priority": "NONE",
        "estimate": None,
        "dueDate": None,
        "assignee": None,
        "version": 3,
    }


async def test_a_variable_that_is_not_given_is_absent_and_not_null(
    owner: GraphClient, board: FullBoard
) -> None:
    text = """mutation($id: ID!, $due: Date, $estimate: Int) {
      taskUpdate(input: { taskId: $id, dueDate: $due, estimate: $estimate }) {
        errors { code } task { dueDate estimate }
      }
    }"""
    seen = await owner.data(text, id=str(board.task.id), estimate=None)
    assert seen["taskUpdate"]["task"] == {"dueDate": "2026-03-04", "estimate": None}


async def test_a_title_is_not_cleared(owner: GraphClient, board: FullBoard) -> None:
    payload = await owner.run("taskUpdate", {"taskId": str(board.task.id), "title": None})
    assert payload["errors"][0]["field"] == ["title"]


async def test_null_leaves_no_trace_where_it_means_leaving_it(
    owner: GraphClient, board: FullBoard
) -> None:
    seq = await board.world.seq()
    given: Given = {"labelId": str(board.label.id), "name": None, "color": None}
    payload = await owner.run("labelUpdate", given, "label { name version }")
    assert payload["label"] == {"name": "Bug", "version": 1}
    assert await board.world.seq() == seq


@pytest.mark.parametrize("mutation", ["taskCreate", "commentCreate", "labelCreate", "taskMove"])
async def test_a_retry_with_its_key_gets_the_first_result(
    owner: GraphClient, board: FullBoard, mutation: str
) -> None:
    given: Given = {**FOR_MEMBERS[mutation](board), "idempotencyKey": "k"}
    first = await owner.data(mutation_text(mutation), i=given)
    seq = await board.world.seq()
    again = await owner.data(mutation_text(mutation), i={**given, "clientMutationId": "retry"})
    assert again == first
    assert await board.world.seq() == seq


async def test_a_retry_shows_the_object_as_it_is_now(owner: GraphClient, board: FullBoard) -> None:
    given: Given = {**FOR_MEMBERS["taskCreate"](board), "idempotencyKey": "k"}
    first = await owner.run("taskCreate", given, "task { id title }")
    renamed: Given = {"taskId": first["task"]["id"], "title": "Renamed"}
    await owner.run("taskUpdate", renamed)
    again = await owner.run("taskCreate", given, "task { id title }")
    assert again["task"] == {"id": first["task"]["id"], "title": "Renamed"}
    assert again["cursor"] == first["cursor"]


async def test_a_retried_deletion_tells_the_same_id(owner: GraphClient, board: FullBoard) -> None:
    given: Given = {"taskId": str(board.subtask.id), "idempotencyKey": "k"}
    answers = [await owner.run("taskDelete", given, "deletedTaskId task { id }") for _ in range(2)]
    assert answers[0]["deletedTaskId"] == str(board.subtask.id)
    assert answers[0] == answers[1]


async def test_a_retried_batch_gets_its_tasks_in_order(
    owner: GraphClient, board: FullBoard
) -> None:
    asked: list[Any] = [str(board.subtask.id), str(board.task.id)]
    given: Given = {"taskIds": asked, "priority": "LOW", "idempotencyKey": "k"}
    answers = [await owner.run("tasksUpdate", given, "tasks { id priority }") for _ in range(2)]
    assert [task["id"] for task in answers[0]["tasks"]] == asked
    assert answers[0] == answers[1]


async def test_a_key_of_another_request_is_refused(owner: GraphClient, board: FullBoard) -> None:
    given: Given = {"taskId": str(board.task.id), "body": "One", "idempotencyKey": "k"}
    await owner.run("commentCreate", given)
    payload = await owner.run("commentCreate", {**given, "body": "Two"})
    assert [e["code"] for e in payload["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_key_is_its_users_own(
    client_for: ClientFor, owner: GraphClient, board: FullBoard
) -> None:
    given: Given = {"taskId": str(board.task.id), "body": "One", "idempotencyKey": "k"}
    mine = await owner.run("commentCreate", given, "comment { id }")
    theirs = await client_for(Role.MEMBER).run("commentCreate", given, "comment { id }")
    assert mine["comment"]["id"] != theirs["comment"]["id"]


async def test_retries_at_the_same_time_make_one_object(
    owner: GraphClient, board: FullBoard
) -> None:
    given: Given = {**FOR_MEMBERS["taskCreate"](board), "idempotencyKey": "k"}
    payloads = await asyncio.gather(
        *(owner.run("taskCreate", given, "task { id }") for _ in range(5))
    )
    assert len({payload["task"]["id"] for payload in payloads}) == 1


SERIAL = """mutation($id: ID!, $column: ID!) {
  a: taskUpdate(input: { taskId: $id, title: "First" }) { task { title column { id } version } }
  b: taskUpdate(input: { taskId: $id, title: "Second" }) { task { title version } }
  c: taskMove(input: { taskId: $id, columnId: $column }) {
    task { title column { id taskCount } project { cursor } version }
    cursor
  }
  d: commentCreate(input: { taskId: $id, body: "Done" }) { comment { task { commentCount } } }
  e: commentCreate(input: { taskId: $id, body: "Really" }) { comment { task { commentCount } } }
}"""


async def test_mutations_of_one_operation_run_in_turn_and_see_one_another(
    owner: GraphClient, board: FullBoard
) -> None:
    done = board.world.done
    seen = await owner.data(SERIAL, id=str(board.task.id), column=str(done.id))
    assert seen["a"]["task"] == {
        "title": "First", "column": {"id": str(board.task.column_id)}, "version": 3,
    }  # fmt: skip
    assert seen["b"]["task"] == {"title": "Second", "version": 4}
    assert seen["c"]["task"] == {
        "title": "Second",
        "column": {"id": str(done.id), "taskCount": 1},
        "project": {"cursor": seen["c"]["cursor"]},
        "version": 5,
    }
    assert [seen[key]["comment"]["task"]["commentCount"] for key in "de"] == [1, 2]


async def test_a_mutation_that_fails_does_not_keep_the_next_from_running(
    owner: GraphClient, board: FullBoard
) -> None:
    text = """mutation($id: ID!) {
      a: taskUpdate(input: { taskId: $id, title: "" }) { errors { code } task { id } }
      b: taskUpdate(input: { taskId: $id, title: "Second" }) { errors { code } task { title } }
    }"""
    seen = await owner.data(text, id=str(board.task.id))
    assert seen["a"] == {"errors": [{"code": "INVALID_INPUT"}], "task": None}
    assert seen["b"] == {"errors": [], "task": {"title": "Second"}}


async def test_what_one_chooses_as_id_is_the_id(owner: GraphClient, board: FullBoard) -> None:
    chosen = str(new_id())
    given: Given = {**FOR_MEMBERS["taskCreate"](board), "id": chosen}
    payload = await owner.run("taskCreate", given, "task { id }")
    assert payload["task"] == {"id": chosen}
    payload = await owner.run("taskCreate", given, "task { id }")
    assert [e["code"] for e in payload["errors"]] == ["ALREADY_EXISTS"]


async def test_a_change_of_another_client_is_seen_at_once(
    owner: GraphClient, board: FullBoard
) -> None:
    text = "query($id: ID!) { task(id: $id) { title } }"
    await owner.data(text, id=str(board.task.id))
    await board.world.run(update_task, UpdateTask(task_id=board.task.id, title="Elsewhere"))
    assert await owner.data(text, id=str(board.task.id)) == {"task": {"title": "Elsewhere"}}


async def test_a_task_is_created_with_everything_that_can_be_said_of_it(
    owner: GraphClient, board: FullBoard
) -> None:
    world = board.world
    given: Given = {
        **FOR_MEMBERS["taskCreate"](board),
        "description": "*Much*",
        "priority": "URGENT",
        "assigneeId": str(world.actor(Role.ADMIN)),
        "labelIds": [str(board.label.id)],
        "dueDate": "2026-02-28",
        "estimate": 8,
        "parentId": str(board.task.id),
        "afterTaskId": str(board.task.id),
        "beforeTaskId": str(board.subtask.id),
    }
    payload = await owner.run(
        "taskCreate",
        given,
        """task { key number title description priority estimate dueDate version
             labels { name } assignee { name } creator { name } parent { id }
             column { id tasks { nodes { title } } } }""",
    )
    assert payload["errors"] == []
    assert payload["task"] == {
        "key": "ENG-3",
        "number": 3,
        "title": "New",
        "description": "*Much*",
        "priority": "URGENT",
        "estimate": 8,
        "dueDate": "2026-02-28",
        "version": 1,
        "labels": [{"name": "Bug"}],
        "assignee": {"name": "Admin"},
        "creator": {"name": "Owner"},
        "parent": {"id": str(board.task.id)},
        "column": {
            "id": str(world.to_do.id),
            "tasks": {"nodes": [{"title": "Weave"}, {"title": "New"}, {"title": "Spin"}]},
        },
    }
