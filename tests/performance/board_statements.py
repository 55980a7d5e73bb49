"""How many SQL statements a board query runs, for boards of growing size."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final
from uuid import uuid4

from domain.access import Role
from domain.events import ProjectEvent, Resync
from domain.identifiers import ProjectId, SessionId
from graph.context import GraphContextFactory, Viewer
from graph.operation import GraphRequest, OperationType
from graph.service import GraphService
from persistence.database import Database
from persistence.migration import upgrade
from persistence.readers import PostgresReaders
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import World, a_world
from tests.builders.ports import CountingIds
from tests.persistence.recorded_events import EventTable
from tests.services import a_postgres

BOARD_SIZES: Final = (10, 100, 300)
RUNS: Final = 15

BOARD: Final = """query Board($id: ID!) { project(id: $id) {
  id key name cursor viewerRole labels { id name color } members { role user { id name } }
  columns { id name category wipLimit taskCount
    tasks(first: 250) { totalCount pageInfo { hasNextPage endCursor } nodes {
      id key title priority dueDate position version
      assignee { id name } labels { id name color } commentCount
      checklist { id isCompleted } } } } } }"""


class _NoLiveEvents:
    """A board query follows nothing."""

    def follow(
        self, project_id: ProjectId, *, after: int | None
    ) -> AbstractAsyncContextManager[AsyncIterator[ProjectEvent | Resync]]:
        """Refuse."""
        raise AssertionError(f"a board query followed {project_id} after {after}")


async def report_board_statements(directory: Path) -> None:
    """Print the statements and the time of one board query per board size."""
    directory.chmod(0o755)
    print("Board query")
    async with a_postgres(directory) as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        async with Database(postgres.url) as database:
            ids = CountingIds()
            for size in BOARD_SIZES:
                world = await a_world(
                    unit_of_work_factory(database), EventTable(database).read, ids=ids
                )
                await _fill(world, size)
                statements, milliseconds = await _measure(database, world)
                print(
                    f"  {size:4} tasks: {statements} SQL statements, median {milliseconds:.1f} ms"
                )
    print("  goal: the same number of statements for every size")


async def _fill(world: World, size: int) -> None:
    labels = [await world.add_label(name) for name in ("Bug", "Feature", "Chore")]
    for number in range(size):
        column = world.columns[number % len(world.columns)]
        task = await world.add_task(f"Task {number}", column=column, labels=labels[: number % 4])
        if number % 5 == 0:
            await world.add_comment(task)


async def _measure(database: Database, world: World) -> tuple[int, float]:
    """Statements of one query, and the median milliseconds of several."""
    service = GraphService()
    contexts = GraphContextFactory(
        readers=PostgresReaders(database), commands=world.bus, live=_NoLiveEvents()
    )
    viewer = Viewer(
        user_id=world.actor(Role.MEMBER),
        session_id=SessionId(uuid4()),
        expires_at=datetime.max.replace(tzinfo=UTC),
    )
    request = GraphRequest(query=BOARD, variables={"id": str(world.project.id)})
    seconds: list[float] = []
    statements: list[str] = []
    with database.observed_by(statements.append):
        for _ in range(RUNS):
            started = time.perf_counter()
            response = await service.execute(
                request, contexts(viewer), allowed=frozenset({OperationType.QUERY})
            )
            seconds.append(time.perf_counter() - started)
            assert not response.errors, response.errors
    return len(statements) // RUNS, 1000 * median(seconds)
