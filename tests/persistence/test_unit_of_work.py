import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.access import Role
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import CreateTask, create_task
from domain.errors import Unavailable
from domain.events import ProjectEventKind
from persistence.database import Database
from persistence.event_append import EVENTS_CHANNEL
from persistence.migration import upgrade
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.persistence.recorded_events import EventTable
from tests.services import a_postgres

pytestmark = pytest.mark.stack


async def _outbox(database: Database) -> list[tuple[object, int]]:
    rows = await database.fetch(text("SELECT project_id, seq FROM outbox ORDER BY id"))
    return [(row.project_id, row.seq) for row in rows]


async def test_every_event_waits_in_the_outbox_in_its_order(
    world: World, database: Database
) -> None:
    await asyncio.gather(*(world.add_task(f"Task {n}") for n in range(10)))
    seqs = [seq for project_id, seq in await _outbox(database) if project_id == world.project.id]
    assert seqs == list(range(1, await world.seq() + 1))


async def test_a_commit_wakes_the_relay_once_per_project(world: World, database: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with database.listener() as connection:
        await connection.add_listener(
            EVENTS_CHANNEL, lambda *heard_of: heard.put_nowait(str(heard_of[-1]))
        )
        created = await world.do(
            create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
        )
        await world.add_task()
        async with asyncio.timeout(10):
            payloads = [await heard.get(), await heard.get()]
    assert payloads == [str(created.id), str(world.project.id)]
    assert heard.empty()


async def test_events_are_kept_as_they_were_recorded(world: World) -> None:
    label = await world.add_label("Größe 👍 \u2028 \"quoted\" \\ 'single' %s :name")
    [event] = await world.events()
    assert event.kind is ProjectEventKind.LABEL_CREATED
    assert event.changes[0].after == label.name
    assert event.occurred_at == label.created_at
    assert event.actor_id == world.actor(Role.OWNER)
    assert event.subject_id == label.id


async def test_a_refused_command_leaves_neither_row_nor_event_nor_outbox(
    world: World, database: Database
) -> None:
    label = await world.add_label("Bug")
    waiting = await _outbox(database)
    results = await asyncio.gather(
        world.run(
            create_label,
            CreateLabel(id=label.id, project_id=world.project.id, name="New", color="#000000"),
        ),
        world.run(
            create_label, CreateLabel(project_id=world.project.id, name="BUG", color="#000000")
        ),
        return_exceptions=True,
    )
    assert [getattr(result, "field", None) for result in results] == [("id",), ("name",)]
    assert await _outbox(database) == waiting
    assert (await world.add_task()).number == 1


async def test_a_canceled_command_has_not_happened_and_gives_its_lock_back(world: World) -> None:
    entered = asyncio.Event()

    async def stall() -> None:
        async with world.transaction() as work:
            await work.lock_project(world.project.id, world.actor(Role.OWNER))
            project = replace(world.project, name="Half")
            await work.projects.update(world.project, project)
            entered.set()
            await asyncio.Event().wait()

    stalled = asyncio.create_task(stall())
    await entered.wait()
    stalled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stalled
    await world.add_task()
    async with world.transaction() as work:
        project = await work.projects.find(world.project.id)
    assert project is not None
    assert project.name == "Engine"


async def test_a_locked_project_is_waited_for_and_then_read_anew(world: World) -> None:
    async with world.transaction() as first:
        await first.lock_project(world.project.id, world.actor(Role.OWNER))
        waiting = asyncio.create_task(world.add_task("Second"))
        project = replace(world.project, last_task_number=41)
        await first.projects.update(world.project, project)
        assert not waiting.done()
        await first.commit()
    assert (await waiting).number == 42


async def test_another_project_is_not_waited_for(world: World) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    async with world.transaction() as work:
        await work.lock_project(world.project.id, world.actor(Role.OWNER))
        async with asyncio.timeout(10):
            label = CreateLabel(project_id=other.id, name="Bug", color="#000000")
            await world.run(create_label, label)


async def test_a_workspace_opens_projects_one_after_the_other(world: World) -> None:
    outcomes = await asyncio.gather(
        *(
            world.run(
                create_project,
                CreateProject(workspace_id=world.workspace.id, key="SAME", name=f"P{n}"),
            )
            for n in range(5)
        ),
        return_exceptions=True,
    )
    fields = [getattr(outcome, "field", "made") for outcome in outcomes]
    assert sorted(map(str, fields)) == [*["('key',)"] * 4, "made"]


async def test_a_failed_transaction_leaves_the_pool_whole(world: World) -> None:
    command = CreateTask(project_id=world.project.id, column_id=world.to_do.id, title="x")
    task = await world.do(create_task, command)
    for _ in range(30):
        with pytest.raises(Exception, match="An object with this id exists"):
            await world.run(create_task, replace(command, id=task.id))
    assert await world.titles_in(world.to_do) == ["x"]


async def test_a_command_is_refused_while_postgres_is_away_and_its_retry_acts_once(
    services_dir: Path,
) -> None:
    async with a_postgres(services_dir) as server:
        url = await server.create_database("restarted")
        await asyncio.to_thread(upgrade, url)
        async with Database(url, pool_size=1) as database:
            world = await a_world(unit_of_work_factory(database), EventTable(database).read)
            command = CreateTask(
                project_id=world.project.id,
                column_id=world.to_do.id,
                title="Weave",
                idempotency_key="key-1",
            )
            first = await world.run(create_task, command)
            await server.kill()
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await world.run(create_task, command)
            await server.start()
            again = await world.run(create_task, command)
            assert again.object_ids == first.object_ids
            assert await world.titles_in(world.to_do) == ["Weave"]
