from dataclasses import replace

import pytest

from domain import field_rules
from domain.board_order import RANK_CHARACTERS_MAX
from domain.commands.columns import (
    CreateColumn,
    DeleteColumn,
    MoveColumn,
    UpdateColumn,
    create_column,
    delete_column,
    move_column,
    update_column,
)
from domain.entities import Column, ColumnCategory
from domain.errors import (
    AlreadyExists,
    Archived,
    ColumnNotEmpty,
    ErrorCode,
    InvalidInput,
    InvalidMove,
    NotFound,
    StaleVersion,
    UserError,
)
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def _columns(world: World) -> list[Column]:
    async with world.transaction() as work:
        return list(await work.columns_of(world.project.id))


async def _names(world: World) -> list[str]:
    return [column.name for column in await _columns(world)]


def _new(world: World, **said: object) -> CreateColumn:
    fields = {"project_id": world.project.id, "name": "Review", "category": ColumnCategory.STARTED}
    return CreateColumn(**{**fields, **said})  # type: ignore[arg-type]


async def test_a_new_column_stands_at_the_end(world: World) -> None:
    column = await world.do(create_column, _new(world, name=" Code\nreview ", wip_limit=3))
    assert (column.name, column.wip_limit, column.version) == ("Code review", 3, 1)
    assert (await _columns(world))[-1] == column
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.COLUMN_CREATED, column.id)
    assert told(event) == {
        "name": (None, "Code review"),
        "category": (None, "STARTED"),
        "wipLimit": (None, 3),
        "position": (None, column.position),
    }


async def test_a_new_column_may_stand_between_two_others(world: World) -> None:
    await world.run(create_column, _new(world, after_column_id=world.in_progress.id))
    await world.run(create_column, _new(world, name="First", before_column_id=world.backlog.id))
    names = ["First", "Backlog", "To do", "In progress", "Review", "Done", "Canceled"]
    assert await _names(world) == names


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", InvalidInput),
        ("name", "x" * (field_rules.NAME_CHARACTERS + 1), InvalidInput),
        ("name", "\x00", InvalidInput),
        ("wip_limit", 0, InvalidInput),
        ("wip_limit", field_rules.WIP_LIMIT_MAX + 1, InvalidInput),
        ("project_id", new_id(), NotFound),
        ("before_column_id", new_id(), InvalidMove),
        ("after_column_id", new_id(), InvalidMove),
    ],
)
async def test_a_bad_column_is_refused_by_its_field(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    with pytest.raises(error) as refusal:
        await world.run(create_column, _new(world, **{field: value}))
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)
    assert await world.events() == []


async def test_an_id_that_is_taken_is_refused(world: World) -> None:
    with pytest.raises(AlreadyExists) as refusal:
        await world.run(create_column, _new(world, id=world.done.id))
    assert refusal.value.field == ("id",)


async def test_an_update_changes_what_is_named(world: World) -> None:
    command = UpdateColumn(column_id=world.to_do.id, name="Next", wip_limit=5, expected_version=1)
    column = await world.do(update_column, command)
    assert (column.name, column.wip_limit, column.version) == ("Next", 5, 2)
    assert column.category is ColumnCategory.UNSTARTED
    event = await world.last_event()
    assert event.kind is ProjectEventKind.COLUMN_UPDATED
    assert told(event) == {"name": ("To do", "Next"), "wipLimit": (None, 5)}
    lifted = await world.do(update_column, UpdateColumn(column_id=column.id, wip_limit=None))
    assert lifted.wip_limit is None


async def test_an_update_that_changes_nothing_is_no_event(world: World) -> None:
    outcome = await world.run(update_column, UpdateColumn(column_id=world.to_do.id, name="To do"))
    assert outcome.object == world.to_do
    assert await world.events() == []


async def test_a_column_moves_between_two_others(world: World) -> None:
    command = MoveColumn(
        column_id=world.canceled.id,
        after_column_id=world.backlog.id,
        before_column_id=world.to_do.id,
    )
    column = await world.do(move_column, command)
    assert await _names(world) == ["Backlog", "Canceled", "To do", "In progress", "Done"]
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.COLUMN_MOVED, column.id)
    assert told(event) == {"position": (world.canceled.position, column.position)}


async def test_a_column_that_stands_there_already_does_not_move(world: World) -> None:
    for command in (
        MoveColumn(column_id=world.canceled.id),
        MoveColumn(column_id=world.to_do.id, after_column_id=world.backlog.id),
        MoveColumn(column_id=world.to_do.id, before_column_id=world.in_progress.id),
    ):
        await world.run(move_column, command)
    assert await world.events() == []


async def test_a_column_is_no_neighbour_of_itself_nor_of_strangers(world: World) -> None:
    with pytest.raises(InvalidMove) as itself:
        await world.run(
            move_column, MoveColumn(column_id=world.done.id, after_column_id=world.done.id)
        )
    assert itself.value.field == ("columnId",)
    with pytest.raises(InvalidMove) as stranger:
        await world.run(move_column, MoveColumn(column_id=world.done.id, after_column_id=new_id()))
    assert stranger.value.field == ("afterColumnId",)


async def test_many_moves_to_one_place_keep_ranks_short_and_the_order(world: World) -> None:
    moving = [world.to_do, world.in_progress]
    for number in range(400):
        mover, other = moving[number % 2], moving[1 - number % 2]
        await world.run(
            move_column,
            MoveColumn(
                column_id=mover.id, after_column_id=world.backlog.id, before_column_id=other.id
            ),
        )
        columns = await _columns(world)
        assert max(len(column.position) for column in columns) <= RANK_CHARACTERS_MAX
        assert [column.name for column in columns] == [
            "Backlog",
            mover.name,
            other.name,
            "Done",
            "Canceled",
        ]
    ranks = {str(column.id): column.position for column in world.columns}
    for event in await world.events():
        before, ranks[str(event.subject_id)] = told(event)["position"]  # type: ignore[assignment]
        assert before != ranks[str(event.subject_id)]
    assert ranks == {str(column.id): column.position for column in columns}


async def test_an_empty_column_is_deleted(world: World) -> None:
    column = await world.do(delete_column, DeleteColumn(column_id=world.done.id))
    assert column == world.done
    assert "Done" not in await _names(world)
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.COLUMN_DELETED, world.done.id)
    assert told(event)["name"] == ("Done", None)


async def test_a_column_with_tasks_is_not_deleted_without_a_target(world: World) -> None:
    await world.add_task()
    with pytest.raises(ColumnNotEmpty) as refusal:
        await world.run(delete_column, DeleteColumn(column_id=world.to_do.id))
    assert refusal.value.code is ErrorCode.COLUMN_NOT_EMPTY
    assert refusal.value.field == ("targetColumnId",)
    assert "To do" in await _names(world)


async def test_deleting_a_column_moves_its_tasks_in_order_each_with_an_event(world: World) -> None:
    await world.add_task("There", column=world.done)
    tasks = await world.add_tasks(3)
    seq = await world.seq()
    command = DeleteColumn(
        column_id=world.to_do.id, target_column_id=world.done.id, client_mutation_id="bin"
    )
    outcome = await world.run(delete_column, command)
    assert await world.titles_in(world.done) == ["There", *(task.title for task in tasks)]
    *moves, deleted = await world.events(after=seq)
    assert [(event.kind, event.task_id) for event in moves] == [
        (ProjectEventKind.TASK_MOVED, task.id) for task in tasks
    ]
    assert deleted.kind is ProjectEventKind.COLUMN_DELETED
    assert {event.client_mutation_id for event in (*moves, deleted)} == {"bin"}
    assert outcome.cursor is not None
    assert outcome.cursor.seq == deleted.seq
    moved = await world.task(tasks[0].id)
    assert told(moves[0]) == {
        "columnId": (str(world.to_do.id), str(world.done.id)),
        "position": (tasks[0].position, moved.position),
        "startedAt": (None, told(moves[0])["startedAt"][1]),
        "completedAt": (None, told(moves[0])["completedAt"][1]),
    }
    assert (moved.completed_at, moved.version) == (world.clock.now(), 2)


async def test_the_target_is_another_open_column_of_the_project(world: World) -> None:
    async with world.transaction() as work:
        closed = replace(world.canceled, archived_at=world.clock.now())
        await work.columns.update(world.canceled, closed)
        await work.commit()
    task = await world.add_task()
    for target_id, error in (
        (world.to_do.id, InvalidInput),
        (closed.id, Archived),
        (new_id(), NotFound),
    ):
        with pytest.raises(error) as refusal:
            await world.run(
                delete_column, DeleteColumn(column_id=world.to_do.id, target_column_id=target_id)
            )
        assert refusal.value.field == ("targetColumnId",)
    assert await world.task(task.id) == task


async def test_a_column_of_another_version_is_left_alone(world: World) -> None:
    for handler, command in (
        (update_column, UpdateColumn(column_id=world.done.id, name="x", expected_version=7)),
        (move_column, MoveColumn(column_id=world.done.id, expected_version=7)),
        (delete_column, DeleteColumn(column_id=world.done.id, expected_version=7)),
    ):
        with pytest.raises(StaleVersion):
            await world.run(handler, command)  # type: ignore[arg-type]
    assert await _columns(world) == list(world.columns)
