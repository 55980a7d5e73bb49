import asyncio

import pytest

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.task_moves import MoveTask, move_task
from domain.commands.tasks import CreateTask, UpdateTask, create_task, update_task
from domain.errors import AlreadyExists, StaleVersion
from domain.events import ProjectEventKind
from persistence.database import Database
from tests.builders import World, told
from tests.builders.board_state import BoardState, applied
from tests.builders.random_commands import RandomCommands
from tests.persistence.snapshots import read_board

pytestmark = pytest.mark.stack

WRITERS = 20


async def test_twenty_writers_leave_one_contiguous_sequence(world: World) -> None:
    start = await world.seq()

    async def write(writer: int) -> list[int]:
        seqs = []
        for number in range(4):
            outcome = await world.run(
                create_task,
                CreateTask(
                    project_id=world.project.id,
                    column_id=world.to_do.id,
                    title=f"{writer}/{number}",
                    client_mutation_id=f"{writer}/{number}",
                ),
            )
            assert outcome.cursor is not None
            seqs.append(outcome.cursor.seq)
        return seqs

    seqs_by_writer = await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    events = await world.events()
    assert [event.seq for event in events] == list(range(start + 1, start + 1 + 4 * WRITERS))
    mutation_by_seq = {event.seq: event.client_mutation_id for event in events}
    for writer, seqs in enumerate(seqs_by_writer):
        assert seqs == sorted(seqs)
        assert [mutation_by_seq[seq] for seq in seqs] == [f"{writer}/{n}" for n in range(4)]
    async with world.transaction() as work:
        tasks = await work.tasks_in_column(world.to_do.id)
        project = await work.projects.find(world.project.id)
    assert [task.number for task in tasks] == list(range(1, 4 * WRITERS + 1))
    assert project is not None
    assert (project.event_seq, project.last_task_number) == (events[-1].seq, 4 * WRITERS)


async def test_projects_count_apart(world: World) -> None:
    others = [
        await world.do(
            create_project,
            CreateProject(workspace_id=world.workspace.id, key=key, name=key),
        )
        for key in ("AA", "BB", "CC")
    ]

    async def label(project_id: object, number: int) -> None:
        await world.run(
            create_label,
            CreateLabel(project_id=project_id, name=f"L{number}", color="#000000"),  # type: ignore[arg-type]
        )

    await asyncio.gather(*(label(other.id, n) for n in range(6) for other in others))
    for other in others:
        events = await world.read_events(other.id)
        assert [event.seq for event in events] == list(range(1, other.event_seq + 7))


async def test_of_many_who_saw_the_same_version_one_wins(world: World) -> None:
    task = await world.add_task()
    results = await asyncio.gather(
        *(
            world.run(
                update_task,
                UpdateTask(task_id=task.id, title=f"Title {n}", expected_version=1),
            )
            for n in range(8)
        ),
        return_exceptions=True,
    )
    refusals = [result for result in results if isinstance(result, StaleVersion)]
    assert len(refusals) == 7
    assert {refusal.actual for refusal in refusals} == {2}
    assert (await world.task(task.id)).version == 2
    assert (await world.kinds()).count(ProjectEventKind.TASK_UPDATED) == 1


async def test_of_many_who_want_the_same_name_one_gets_it(world: World) -> None:
    results = await asyncio.gather(
        *(world.add_label(name) for name in ("Bug", "BUG", "bug", "bUg")), return_exceptions=True
    )
    assert [type(result) for result in results].count(AlreadyExists) == 3
    assert await world.kinds() == [ProjectEventKind.LABEL_CREATED]


async def test_two_who_drag_one_card_at_once_end_in_one_state_that_both_are_told(
    world: World, database: Database
) -> None:
    card, *_ = await world.add_tasks(3)
    snapshot = await read_board(database, world.project.id)
    targets = [world.done, world.in_progress]
    await asyncio.gather(
        *(
            world.run(move_task, MoveTask(task_id=card.id, column_id=target.id), by=role)
            for target, role in zip(targets, [Role.OWNER, Role.MEMBER], strict=True)
        )
    )
    first, second = await world.events(after=snapshot.seq)
    assert {first.actor_id, second.actor_id} == {
        world.actor(Role.OWNER),
        world.actor(Role.MEMBER),
    }
    assert told(first)["columnId"][1] == told(second)["columnId"][0]
    moved = await world.task(card.id)
    assert told(second)["columnId"][1] == str(moved.column_id)
    assert moved.version == 3
    assert applied(snapshot, [first, second]) == await read_board(database, world.project.id)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_snapshot_under_load_and_the_later_events_equal_a_refetch(
    world: World, database: Database, seed: int
) -> None:
    commands = RandomCommands(world, seed)
    await commands.crowd()

    async def write() -> None:
        accepted = 0
        # How many are refused is a matter of who comes first, and the suite's limit ends them all.
        while accepted < 10:
            accepted += await commands.run_one()

    async def read() -> list[BoardState]:
        return [await read_board(database, world.project.id) for _ in range(6)]

    snapshots, _ = await asyncio.gather(read(), asyncio.gather(*(write() for _ in range(8))))
    refetched = await read_board(database, world.project.id)
    assert {snapshot.seq for snapshot in snapshots} != {refetched.seq}
    for snapshot in snapshots:
        assert applied(snapshot, await world.events(after=snapshot.seq)) == refetched
