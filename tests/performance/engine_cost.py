"""What executing a board costs by the engine and by graphql-core, without any database."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, Final, cast
from uuid import UUID

import uvloop
from asyncpg.pgproto.pgproto import UUID as RowUUID  # noqa: N811 - the class of ids in rows

from domain.access import Role
from domain.commands.execution import CommandBus
from domain.entities import Label, Task, User
from domain.identifiers import LabelId, ProjectId, SessionId, TaskId, UserId
from domain.ports import LiveEvents
from domain.queries import Page, TaskParent, TaskSelection, Window
from domain.readers import Readers
from domain.reads import Fields, ProjectsFound, ProjectsWanted, Visibility
from graph.context import GraphContext, Viewer
from graph.documents import DocumentCache
from graph.engine import Engine, Executor, ReferenceExecutor
from graph.field_sources import StrawberrySources
from graph.schema import SCHEMA, executable_schema
from tests.builders import MONDAY, a_project, a_task, a_user, new_id
from tests.builders.entities import a_label

TASKS: Final = 100
PEOPLE: Final = 10
LABELS: Final = 8
ROUNDS: Final = 15
# Of one executor in a round: the clock ticks in steps that are too large for one execution.
EXECUTIONS: Final = {"engine": 40, "reference": 2}

BOARD: Final = """query Board($id: ID!) { project(id: $id) { tasks(first: 250) { nodes {
  id key title priority version updatedAt
  assignee { id name } labels { id name color } } } } }"""


def _row_id(value: UUID) -> Any:  # noqa: ANN401 - any kind of id
    return RowUUID(value.bytes)


class MemoryBoard:
    """A board in memory; it is all the readers that a query of it asks."""

    def __init__(self) -> None:
        self.people = self.boards = self.tasks = self
        self.project = a_project()
        self.project = replace(self.project, id=ProjectId(_row_id(self.project.id)))
        people = [a_user(name=f"Person {n}", user_id=_row_id(new_id())) for n in range(PEOPLE)]
        labels = [a_label(self.project, name=f"Label {n}") for n in range(LABELS)]
        labels = [replace(label, id=LabelId(_row_id(label.id))) for label in labels]
        tasks = [
            a_task(number=n, title=f"Task {n}", assignee_id=people[n % PEOPLE].id)
            for n in range(TASKS)
        ]
        self._tasks = tuple(replace(task, id=TaskId(_row_id(task.id))) for task in tasks)
        self._user_by_id: dict[UUID, User] = {user.id: user for user in people}
        self._labels_by_task_id: dict[UUID, Sequence[Label]] = {
            task.id: (labels[n % LABELS], labels[(n + 1) % LABELS])
            for n, task in enumerate(self._tasks)
        }
        self._scope = Visibility(
            viewer_id=people[0].id, role_by_workspace_id={self.project.workspace_id: Role.MEMBER}
        )

    def context(self) -> GraphContext:
        """A context for one execution."""
        viewer = Viewer(
            user_id=self._scope.viewer_id, session_id=SessionId(new_id()), expires_at=MONDAY
        )
        # Nothing is changed or followed, and nothing else is read.
        return GraphContext(
            viewer=viewer,
            readers=cast("Readers", self),
            commands=cast("CommandBus", None),
            live=cast("LiveEvents", None),
        )

    async def visibility(self, _: UserId) -> Visibility:
        """The board's workspace."""
        return self._scope

    async def projects(
        self,
        ids: Collection[UUID],
        viewer_id: UserId,  # noqa: ARG002 - everybody may see it
        wanted: ProjectsWanted,  # noqa: ARG002 - all is there
    ) -> ProjectsFound:
        """The board's project."""
        return ProjectsFound(
            project_by_id=dict.fromkeys(ids, self.project),
            columns_by_project_id={},
            visibility=self._scope,
        )

    async def users(
        self,
        ids: Collection[UUID],
        _: Visibility,
        *,
        fields: Fields = None,  # noqa: ARG002 - all are there
    ) -> Mapping[UUID, User]:
        """By id."""
        return {key: self._user_by_id[key] for key in ids}

    async def labels_of_tasks(
        self,
        task_ids: Collection[UUID],
        _: Visibility,
        *,
        fields: Fields = None,  # noqa: ARG002 - all are there
    ) -> Mapping[UUID, Sequence[Label]]:
        """By task."""
        return {key: self._labels_by_task_id[key] for key in task_ids}

    async def tasks_of(
        self,
        parent: TaskParent,  # noqa: ARG002 - there is one project
        parent_ids: Collection[UUID],
        selection: TaskSelection,  # noqa: ARG002 - all are asked for
        page: Page,  # noqa: ARG002
        scope: Visibility,  # noqa: ARG002
        *,
        fields: Fields = None,  # noqa: ARG002
    ) -> Mapping[UUID, Window[Task]]:
        """All tasks."""
        cursors = tuple(task.key for task in self._tasks)
        window = Window(items=self._tasks, cursors=cursors, has_next=False, has_previous=False)
        return dict.fromkeys(parent_ids, window)


class BoardQuery:
    """The board's query, ready to be executed again and again."""

    def __init__(self, board: MemoryBoard) -> None:
        schema = executable_schema()
        self._board = board
        self._operation = DocumentCache(schema).get(BOARD).prepared(None, schema).operation
        self._variables = {"id": str(board.project.id)}
        self._executors: dict[str, Executor] = {
            "engine": Engine(schema, StrawberrySources(SCHEMA)),
            "reference": ReferenceExecutor(schema),
        }

    async def run(self, executor: str) -> object:
        """The data."""
        result = await self._executors[executor].execute(
            self._operation, context=self._board.context(), variable_values=self._variables
        )
        assert not result.errors, result.errors
        return result.data

    async def milliseconds(self, executor: str) -> float:
        """CPU time of one execution."""
        executions = EXECUTIONS[executor]
        started = time.process_time()
        for _ in range(executions):
            await self.run(executor)
        return (time.process_time() - started) * 1000 / executions


async def report_engine_cost() -> None:
    """Print the CPU time of one board by both executors, and their ratio."""
    query = BoardQuery(MemoryBoard())
    assert await query.run("engine") == await query.run("reference")
    rounds = [
        (await query.milliseconds("engine"), await query.milliseconds("reference"))
        for _ in range(ROUNDS)
    ]
    print(f"Executing a board of {TASKS} tasks with 2 relations, in memory")
    print(f"  engine     {median(engine for engine, _ in rounds):7.3f} ms CPU")
    print(f"  reference  {median(reference for _, reference in rounds):7.3f} ms CPU")
    print(f"  ratio      {median(reference / engine for engine, reference in rounds):7.1f}")
    print("  goal: a ratio of at least 30")


if __name__ == "__main__":
    uvloop.run(report_engine_cost())
