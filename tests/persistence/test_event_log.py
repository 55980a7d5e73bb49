import asyncio

import pytest
from sqlalchemy import delete

from domain.errors import Unavailable
from domain.identifiers import ProjectId, TaskId
from infra.embedded.ports import free_ports
from persistence.database import Database
from persistence.event_log import EventLog, LogPosition
from persistence.tables import project_events
from tests.builders import new_id
from tests.builders.events import WrittenProject, a_written_project

pytestmark = pytest.mark.stack


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)


@pytest.fixture
def log(database: Database) -> EventLog:
    return EventLog(database)


async def test_an_event_is_read_as_it_was_recorded(project: WrittenProject, log: EventLog) -> None:
    recorded = await project.write(3)
    assert await log.read(project.id, after=0, limit=10) == recorded


async def test_a_page_begins_behind_the_position_and_ends_at_the_limit(
    project: WrittenProject, log: EventLog
) -> None:
    recorded = await project.write(9)
    assert await log.read(project.id, after=4, limit=3) == recorded[4:7]
    assert await log.read(project.id, after=9, limit=3) == []


async def test_a_log_can_be_read_for_one_task(project: WrittenProject, log: EventLog) -> None:
    task_id = TaskId(new_id())
    await project.write(2)
    [first] = await project.write(task_id=task_id)
    await project.write(2)
    [second] = await project.write(task_id=task_id)
    assert await log.read(project.id, after=0, limit=9, task_id=task_id) == [first, second]
    assert await log.read(project.id, after=first.seq, limit=9, task_id=task_id) == [second]


async def test_concurrent_writers_make_one_sequence_without_a_gap(
    project: WrittenProject, log: EventLog
) -> None:
    async def write_often() -> None:
        for count in (1, 2, 3, 1, 2):
            await project.write(count)

    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(write_often())
    events = await log.read(project.id, after=0, limit=1000)
    assert [event.seq for event in events] == list(range(1, 12 * 9 + 1))


async def test_a_reader_never_sees_a_later_event_without_the_earlier_ones(
    project: WrittenProject, log: EventLog
) -> None:
    async def write_often() -> None:
        for _ in range(10):
            await project.write()

    seen: list[int] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(write_often())
        while len(seen) < 80:
            page = await log.read(project.id, after=len(seen), limit=100)
            seen += [event.seq for event in page]
    assert seen == list(range(1, 81))


async def test_positions_tell_of_empty_cut_and_whole_logs_and_leave_out_unknown_projects(
    database: Database, log: EventLog
) -> None:
    whole, cut, empty = [await a_written_project(database) for _ in range(3)]
    await whole.write(4)
    await cut.write(5)
    async with database.transaction() as connection:
        await connection.execute(
            delete(project_events).where(
                project_events.c.project_id == cut.id, project_events.c.seq <= 3
            )
        )
    assert await log.positions([whole.id, cut.id, empty.id, ProjectId(new_id())]) == {
        whole.id: LogPosition(first_seq=1, last_seq=4),
        cut.id: LogPosition(first_seq=4, last_seq=5),
        empty.id: LogPosition(first_seq=None, last_seq=0),
    }


async def test_a_log_that_cannot_be_reached_is_unavailable() -> None:
    [port] = free_ports(1)
    async with Database(f"postgresql://nobody:secret@127.0.0.1:{port}/nothing") as database:
        with pytest.raises(Unavailable, match="Postgres is away"):
            await EventLog(database).positions([new_id()])
