"""A workspace with a member of every role and one board, and a bus to act on it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from uuid import UUID

from domain.access import Role
from domain.commands.comments import CreateComment, create_comment
from domain.commands.execution import Command, CommandBus, Handler, Outcome
from domain.commands.labels import CreateLabel, create_label
from domain.commands.projects import CreateProject, create_project
from domain.commands.tasks import CreateTask, create_task
from domain.commands.workspaces import CreateWorkspace, create_workspace
from domain.entities import Column, Comment, Label, Project, Task, User, Workspace
from domain.events import FieldChange, JsonValue, ProjectEvent, ProjectEventKind
from domain.identifiers import ProjectId, UserId
from domain.ports import UnitOfWork, UnitOfWorkFactory
from tests.builders.entities import a_membership, a_user
from tests.builders.ports import CountingIds, FixedClock, FixedTrace, PlainTokens, new_id

C = TypeVar("C", bound=Command)
O = TypeVar("O")  # noqa: E741 - the outcome's object, as in the domain

EventReader: TypeAlias = Callable[[ProjectId], Awaitable[Sequence[ProjectEvent]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """People of every role, a stranger who is no member, and a project with default columns."""

    bus: CommandBus
    clock: FixedClock
    read_events: EventReader
    workspace: Workspace
    project: Project
    columns: tuple[Column, ...]
    user_by_role: dict[Role, User]
    stranger: User

    @property
    def backlog(self) -> Column:
        return self.columns[0]

    @property
    def to_do(self) -> Column:
        return self.columns[1]

    @property
    def in_progress(self) -> Column:
        return self.columns[2]

    @property
    def done(self) -> Column:
        return self.columns[3]

    @property
    def canceled(self) -> Column:
        return self.columns[4]

    def actor(self, role: Role) -> UserId:
        """The member with the role."""
        return self.user_by_role[role].id

    def transaction(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work, to look at the rows."""
        return self.bus.unit_of_work()

    async def run(
        self, handler: Handler[C, O], command: C, *, by: UserId | Role = Role.OWNER
    ) -> Outcome[O]:
        """The outcome of the command, a second after the last one."""
        self.clock.advance()
        actor_id = self.actor(by) if isinstance(by, Role) else by
        return await self.bus.run(handler, command, actor_id=actor_id)

    async def do(self, handler: Handler[C, O], command: C, *, by: UserId | Role = Role.OWNER) -> O:
        """What the command made or changed."""
        outcome = await self.run(handler, command, by=by)
        assert outcome.object is not None
        return outcome.object

    async def add_task(
        self,
        title: str = "Weave",
        *,
        column: Column | None = None,
        labels: Sequence[Label] = (),
        parent: Task | None = None,
    ) -> Task:
        """A new task at the end of a column, To do unless told otherwise."""
        command = CreateTask(
            project_id=self.project.id,
            column_id=(column or self.to_do).id,
            title=title,
            label_ids=tuple(label.id for label in labels),
            parent_id=parent.id if parent else None,
        )
        return await self.do(create_task, command)

    async def add_tasks(self, count: int, *, column: Column | None = None) -> list[Task]:
        """New tasks one below the other."""
        return [await self.add_task(f"Task {n}", column=column) for n in range(count)]

    async def add_label(self, name: str) -> Label:
        """A new label of the project."""
        command = CreateLabel(project_id=self.project.id, name=name, color="#1f6feb")
        return await self.do(create_label, command)

    async def add_comment(
        self, task: Task, body: str = "Hm.", *, by: Role = Role.OWNER, parent: Comment | None = None
    ) -> Comment:
        """A new comment on the task."""
        command = CreateComment(task_id=task.id, body=body, parent_id=parent.id if parent else None)
        return await self.do(create_comment, command, by=by)

    async def task(self, task_id: UUID) -> Task:
        """The task as it is kept now."""
        async with self.transaction() as work:
            task = await work.tasks.find(task_id)
        assert task is not None
        return task

    async def titles_in(self, column: Column) -> list[str]:
        """The titles of the column's tasks from top to bottom, archived ones included."""
        async with self.transaction() as work:
            return [task.title for task in await work.tasks_in_column(column.id)]

    async def events(self, *, after: int | None = None) -> Sequence[ProjectEvent]:
        """What happened in the project since it was set up, or after a seq."""
        start = self.project.event_seq if after is None else after
        return [event for event in await self.read_events(self.project.id) if event.seq > start]

    async def kinds(self, *, after: int | None = None) -> list[ProjectEventKind]:
        """The kinds of what happened."""
        return [event.kind for event in await self.events(after=after)]

    async def seq(self) -> int:
        """The seq of the project's latest event."""
        events = await self.read_events(self.project.id)
        return events[-1].seq

    async def last_event(self) -> ProjectEvent:
        """What happened last."""
        return (await self.events())[-1]


def told(event: ProjectEvent) -> dict[str, tuple[JsonValue, JsonValue]]:
    """An event's changes as {field: (before, after)}."""
    changes: tuple[FieldChange, ...] = event.changes
    return {change.field: (change.before, change.after) for change in changes}


async def a_world(
    unit_of_work: UnitOfWorkFactory, read_events: EventReader, *, ids: CountingIds | None = None
) -> World:
    """Everybody and everything of a World, written through the unit of work."""
    clock, ids = FixedClock(), ids or CountingIds()
    bus = CommandBus(
        unit_of_work=unit_of_work,
        clock=clock,
        ids=ids,
        trace=FixedTrace(),
        invitation_tokens=PlainTokens(),
    )
    user_by_role = {role: _a_person(role.value.title()) for role in Role}
    stranger = _a_person("Stranger")
    async with unit_of_work() as work:
        await work.users.add(*user_by_role.values(), stranger)
        await work.commit()
    owner = user_by_role[Role.OWNER]
    slug = f"w{owner.id.hex[-12:]}"
    made = await bus.run(
        create_workspace, CreateWorkspace(slug=slug, name="Engines"), actor_id=owner.id
    )
    workspace = _made(made)
    async with unit_of_work() as work:
        others = [role for role in Role if role is not Role.OWNER]
        await work.memberships.add(
            *(a_membership(workspace, user_by_role[role], role) for role in others)
        )
        await work.commit()
    opened = await bus.run(
        create_project,
        CreateProject(workspace_id=workspace.id, key="ENG", name="Engine"),
        actor_id=owner.id,
    )
    project = _made(opened)
    column_ids = [
        event.subject_id
        for event in await read_events(project.id)
        if event.kind is ProjectEventKind.COLUMN_CREATED
    ]
    async with unit_of_work() as work:
        columns = await work.columns.find_many(column_ids)
    return World(
        bus=bus,
        clock=clock,
        read_events=read_events,
        workspace=workspace,
        project=project,
        columns=tuple(sorted(columns, key=lambda column: column.position)),
        user_by_role=user_by_role,
        stranger=stranger,
    )


def _a_person(name: str) -> User:
    user_id = new_id()
    return a_user(
        name=name, email=f"{name.lower()}-{user_id.hex[-12:]}@example.test", user_id=user_id
    )


def _made(outcome: Outcome[O]) -> O:
    assert outcome.object is not None
    return outcome.object
