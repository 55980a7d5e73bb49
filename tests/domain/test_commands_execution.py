from dataclasses import replace

import pytest

from domain.access import Role
from domain.commands.comments import CreateComment, create_comment
from domain.commands.execution import CommandContext, Outcome
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import CreateTask, UpdateTask, create_task, update_task
from domain.commands.workspaces import CreateWorkspace, create_workspace
from domain.entities import Task
from domain.errors import ErrorCode, IdempotencyKeyReused, InvalidInput, NotFound
from tests.builders import World, new_id


def _create(world: World, **said: object) -> CreateTask:
    fields = {"project_id": world.project.id, "column_id": world.to_do.id, "title": "Weave"}
    return CreateTask(**{**fields, **said})  # type: ignore[arg-type]


async def test_a_retry_returns_the_first_ids_and_cursor_and_acts_once(world: World) -> None:
    command = _create(world, idempotency_key="key-1")
    first = await world.run(create_task, command)
    await world.add_task("In between")
    again = await world.run(create_task, command)
    assert again.object is None
    assert (again.object_ids, again.cursor) == (first.object_ids, first.cursor)
    assert await world.titles_in(world.to_do) == ["Weave", "In between"]
    assert len(await world.events()) == 2


async def test_a_retry_is_known_whatever_its_client_mutation_id(world: World) -> None:
    command = _create(world, idempotency_key="key-1", client_mutation_id="tab-1")
    first = await world.run(create_task, command)
    again = await world.run(create_task, replace(command, client_mutation_id="tab-2"))
    assert again.object_ids == first.object_ids


async def test_a_retry_of_what_belongs_to_no_project_has_no_cursor(world: World) -> None:
    command = CreateWorkspace(slug="babbage", name="B", idempotency_key="key-1")
    first = await world.run(create_workspace, command)
    again = await world.run(create_workspace, command)
    assert again == Outcome(object=None, object_ids=first.object_ids, cursor=None)


async def test_a_key_used_for_another_request_is_refused(world: World) -> None:
    task = await world.add_task()
    await world.run(create_task, _create(world, idempotency_key="key-1"))
    with pytest.raises(IdempotencyKeyReused) as refusal:
        await world.run(create_task, _create(world, title="Other", idempotency_key="key-1"))
    assert refusal.value.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert refusal.value.field == ("idempotencyKey",)
    with pytest.raises(IdempotencyKeyReused):
        await world.run(
            create_comment, CreateComment(task_id=task.id, body="Hm.", idempotency_key="key-1")
        )


async def test_commands_with_the_same_fields_are_different_requests(world: World) -> None:
    task = await world.add_task()
    await world.run(
        move_task, MoveTask(task_id=task.id, column_id=world.to_do.id, idempotency_key="key-1")
    )
    with pytest.raises(IdempotencyKeyReused):
        await world.run(update_task, UpdateTask(task_id=task.id, idempotency_key="key-1"))


async def test_leaving_a_field_out_and_clearing_it_are_different_requests(world: World) -> None:
    task = await world.add_task()
    await world.run(update_task, UpdateTask(task_id=task.id, idempotency_key="key-1"))
    with pytest.raises(IdempotencyKeyReused):
        await world.run(
            update_task, UpdateTask(task_id=task.id, estimate=None, idempotency_key="key-1")
        )


async def test_a_key_belongs_to_its_user(world: World) -> None:
    command = _create(world, idempotency_key="key-1")
    first = await world.run(create_task, command, by=Role.OWNER)
    second = await world.run(create_task, command, by=Role.MEMBER)
    assert first.object_ids != second.object_ids


async def test_keys_that_differ_in_white_space_are_different_keys(world: World) -> None:
    first = await world.run(create_task, _create(world, idempotency_key="key 1"))
    second = await world.run(create_task, _create(world, idempotency_key="key  1"))
    assert first.object_ids != second.object_ids


async def test_an_error_leaves_the_key_free(world: World) -> None:
    with pytest.raises(InvalidInput):
        await world.run(create_task, _create(world, title=" ", idempotency_key="key-1"))
    outcome = await world.run(create_task, _create(world, idempotency_key="key-1"))
    assert outcome.object is not None


@pytest.mark.parametrize("key", ["", "  ", "x" * 256, "nul \x00", "\ud800"])
async def test_a_malformed_key_is_refused(world: World, key: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await world.run(create_task, _create(world, idempotency_key=key))
    assert refusal.value.field == ("idempotencyKey",)
    assert await world.events() == []


async def test_a_replay_tells_a_stranger_nothing(world: World) -> None:
    command = _create(world, idempotency_key="key-1")
    await world.run(create_task, command)
    with pytest.raises(NotFound):
        await world.run(create_task, command, by=world.stranger.id)


class _PowerCut(Exception):
    pass


async def test_what_fails_late_leaves_neither_state_nor_event(world: World) -> None:
    async def create_and_fail(command: CreateTask, context: CommandContext) -> Outcome[Task]:
        await create_task(command, context)
        raise _PowerCut

    with pytest.raises(_PowerCut):
        await world.run(create_and_fail, _create(world, id=new_id(), idempotency_key="key-1"))
    assert await world.events() == []
    assert await world.titles_in(world.to_do) == []
    assert (await world.do(create_task, _create(world, idempotency_key="key-1"))).number == 1


async def test_without_a_client_mutation_id_the_event_has_none(world: World) -> None:
    await world.add_task()
    assert (await world.last_event()).client_mutation_id is None


async def test_everything_in_a_command_happens_at_one_instant(world: World) -> None:
    parent = await world.add_task()
    await world.add_task(parent=parent)
    task = await world.task(parent.id)
    assert task.created_at == task.updated_at == (await world.events())[0].occurred_at
