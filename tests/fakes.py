"""The domain's ports in memory. tests/persistence holds them to what Postgres does."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from dataclasses import Field, dataclass, field, fields, replace
from datetime import datetime
from typing import ClassVar, Final, Generic, Protocol, TypeVar
from uuid import UUID

from domain.access import Role
from domain.board_import import ImportKey
from domain.entities import (
    Attachment,
    ChecklistItem,
    Column,
    Comment,
    Invitation,
    Label,
    Membership,
    Project,
    Task,
    User,
    Workspace,
)
from domain.errors import AlreadyExists, NotFound
from domain.events import ProjectEvent
from domain.identifiers import (
    ColumnId,
    CommentId,
    LabelId,
    ProjectId,
    TaskId,
    UserId,
    WorkspaceId,
)
from domain.ports import (
    BoardImports,
    Gap,
    IdempotentResult,
    Invitations,
    LockedProject,
    Store,
    TaskPlace,
    UnitOfWork,
)


class _Row(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    @property
    def id(self) -> UUID: ...


class _Ranked(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def position(self) -> str: ...


E = TypeVar("E", bound=_Row)
Rows = dict[UUID, E]

_SUBJECTS: Final = {
    "tasks": ("No such task.", "taskId"),
    "columns": ("No such column.", "columnId"),
    "labels": ("No such label.", "labelId"),
    "comments": ("No such comment.", "commentId"),
    "checklist_items": ("No such checklist item.", "itemId"),
}


@dataclass(slots=True, kw_only=True)
class MemoryState:
    """Every row there is."""

    users: Rows[User] = field(default_factory=dict)
    workspaces: Rows[Workspace] = field(default_factory=dict)
    memberships: Rows[Membership] = field(default_factory=dict)
    invitations: Rows[Invitation] = field(default_factory=dict)
    projects: Rows[Project] = field(default_factory=dict)
    columns: Rows[Column] = field(default_factory=dict)
    labels: Rows[Label] = field(default_factory=dict)
    tasks: Rows[Task] = field(default_factory=dict)
    checklist_items: Rows[ChecklistItem] = field(default_factory=dict)
    attachments: Rows[Attachment] = field(default_factory=dict)
    comments: Rows[Comment] = field(default_factory=dict)
    task_labels: set[tuple[UUID, UUID]] = field(default_factory=set)
    keys: dict[tuple[UserId, str], IdempotentResult | None] = field(default_factory=dict)
    events: list[ProjectEvent] = field(default_factory=list)
    imported: dict[tuple[UUID, str, ImportKey], UUID] = field(default_factory=dict)

    def copied(self) -> "MemoryState":
        """The same rows, to change apart from these."""
        return MemoryState(**{f.name: copy(getattr(self, f.name)) for f in fields(self)})


class MemoryDatabase:
    """A database of one process, whose transactions run one after the other."""

    def __init__(self) -> None:
        self.state = MemoryState()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[UnitOfWork]:
        async with self._turn:
            yield MemoryUnitOfWork(self)

    def unit_of_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """`domain.ports.UnitOfWorkFactory`."""
        return self._transaction()

    async def read_events(self, project_id: ProjectId) -> Sequence[ProjectEvent]:
        """The project's log."""
        return [event for event in self.state.events if event.project_id == project_id]


class MemoryStore(Generic[E]):
    """`domain.ports.Store` on a dictionary."""

    def __init__(self, state: MemoryState, rows: Rows[E]) -> None:
        self._state = state
        self._rows = rows

    async def find(self, entity_id: UUID) -> E | None:
        return self._rows.get(entity_id)

    async def find_many(self, ids: Collection[UUID]) -> Sequence[E]:
        return [self._rows[i] for i in dict.fromkeys(ids) if i in self._rows]

    async def add(self, *entities: E) -> None:
        for entity in entities:
            if entity.id in self._rows:
                raise AlreadyExists("An object with this id exists.", field=("id",))
            self._rows[entity.id] = entity
        _require_unique(self._state)

    async def update(self, before: E, after: E) -> None:
        # As in SQL: what did not change between the two is left as it is kept.
        kept = self._rows[before.id]
        changed = {
            f.name: getattr(after, f.name)
            for f in fields(after)
            if getattr(after, f.name) != getattr(before, f.name)
        }
        self._rows[before.id] = replace(kept, **changed)
        _require_unique(self._state)

    async def delete(self, *ids: UUID) -> None:
        for entity_id in ids:
            self._rows.pop(entity_id, None)
        _cascade(self._state)


class MemoryInvitations(MemoryStore[Invitation]):
    """`domain.ports.Invitations` on the rows."""

    def __init__(self, state: MemoryState) -> None:
        super().__init__(state, state.invitations)

    async def of_workspace(self, workspace_id: WorkspaceId) -> Sequence[Invitation]:
        return [i for i in self._rows.values() if i.workspace_id == workspace_id]

    async def is_address_of_member(self, workspace_id: WorkspaceId, email: str) -> bool:
        members = [
            m.user_id for m in self._state.memberships.values() if m.workspace_id == workspace_id
        ]
        return any(self._state.users[user_id].email == email for user_id in members)

    async def lock_workspace(self, workspace_id: WorkspaceId) -> Workspace | None:
        return self._state.workspaces.get(workspace_id)


class MemoryBoardImports:
    """`domain.ports.BoardImports` on the rows."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    async def imported_ids(
        self, workspace_id: WorkspaceId, source: str, external_ids: Collection[str]
    ) -> Mapping[ImportKey, UUID]:
        return {
            key: object_id
            for (workspace, tool, key), object_id in self._state.imported.items()
            if (workspace, tool) == (workspace_id, source) and key.external_id in external_ids
        }

    async def keep(
        self,
        workspace_id: WorkspaceId,
        source: str,
        object_id_by_key: Mapping[ImportKey, UUID],
        imported_at: datetime,
    ) -> None:
        del imported_at  # the memory has nobody who reads it
        for key, object_id in object_id_by_key.items():
            assert (workspace_id, source, key) not in self._state.imported, "imported twice"
            self._state.imported[workspace_id, source, key] = object_id

    async def project_keys(self, workspace_id: WorkspaceId) -> frozenset[str]:
        projects = self._state.projects.values()
        return frozenset(p.key for p in projects if p.workspace_id == workspace_id)

    async def columns(self, project_id: ProjectId) -> Sequence[Column]:
        columns = [c for c in self._state.columns.values() if c.project_id == project_id]
        return sorted(columns, key=lambda column: column.position)

    async def labels(self, project_id: ProjectId) -> Sequence[Label]:
        return [label for label in self._state.labels.values() if label.project_id == project_id]


class MemoryUnitOfWork:
    """`domain.ports.UnitOfWork` on a copy of the state that replaces it at commit."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._state = state = database.state.copied()
        self._events: list[ProjectEvent] = []
        self.users: Store[User] = MemoryStore(state, state.users)
        self.workspaces: Store[Workspace] = MemoryStore(state, state.workspaces)
        self.memberships: Store[Membership] = MemoryStore(state, state.memberships)
        self.invitations: Invitations = MemoryInvitations(state)
        self.projects: Store[Project] = MemoryStore(state, state.projects)
        self.columns: Store[Column] = MemoryStore(state, state.columns)
        self.labels: Store[Label] = MemoryStore(state, state.labels)
        self.tasks: Store[Task] = MemoryStore(state, state.tasks)
        self.checklist_items: Store[ChecklistItem] = MemoryStore(state, state.checklist_items)
        self.attachments: Store[Attachment] = MemoryStore(state, state.attachments)
        self.comments: Store[Comment] = MemoryStore(state, state.comments)
        self.imports: BoardImports = MemoryBoardImports(state)

    async def lock_workspace(self, workspace_id: UUID, actor_id: UserId) -> tuple[Workspace, Role]:
        workspace = self._state.workspaces.get(workspace_id)
        role = self._role(workspace_id, actor_id)
        if workspace is None or role is None:
            raise NotFound("No such workspace.", field=("workspaceId",))
        return workspace, role

    async def lock_projects(self, workspace_id: WorkspaceId) -> Sequence[Project]:
        projects = (p for p in self._state.projects.values() if p.workspace_id == workspace_id)
        return sorted(projects, key=lambda project: project.id)

    async def members(self, workspace_id: WorkspaceId) -> Sequence[Membership]:
        return [m for m in self._state.memberships.values() if m.workspace_id == workspace_id]

    async def lock_project(self, project_id: UUID, actor_id: UserId) -> LockedProject:
        return self._locked(project_id, actor_id, "No such project.", "projectId")

    async def lock_project_of(self, store: str, object_id: UUID, actor_id: UserId) -> LockedProject:
        row = getattr(self._state, store).get(object_id)
        message, name = _SUBJECTS[store]
        return self._locked(row.project_id if row else None, actor_id, message, name)

    def _locked(
        self, project_id: UUID | None, actor_id: UserId, message: str, name: str
    ) -> LockedProject:
        project = self._state.projects.get(project_id) if project_id else None
        role = self._role(project.workspace_id, actor_id) if project else None
        if project is None or role is None:
            raise NotFound(message, field=(name,))
        return LockedProject(project=project, role=role)

    def _role(self, workspace_id: UUID, user_id: UUID) -> Role | None:
        return next(
            (
                membership.role
                for membership in self._state.memberships.values()
                if (membership.workspace_id, membership.user_id) == (workspace_id, user_id)
            ),
            None,
        )

    @property
    def along(self) -> None:
        return None

    async def read_ahead(self, place: TaskPlace, actor_id: UserId) -> None:
        """Nothing: reading costs nothing here."""

    async def is_member(self, workspace_id: WorkspaceId, user_id: UUID) -> bool:
        return self._role(workspace_id, user_id) is not None

    async def column_gap(
        self, project_id: ProjectId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        columns = [c for c in self._state.columns.values() if c.project_id == project_id]
        return _gap(columns, moving=moving, before=before, after=after)

    async def task_gap(
        self, column_id: ColumnId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        return _gap(
            await self.tasks_in_column(column_id), moving=moving, before=before, after=after
        )

    async def checklist_gap(
        self, task_id: TaskId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        items = [i for i in self._state.checklist_items.values() if i.task_id == task_id]
        return _gap(items, moving=moving, before=before, after=after)

    async def checklist_size(self, task_id: TaskId) -> int:
        return sum(item.task_id == task_id for item in self._state.checklist_items.values())

    async def tasks_around(
        self, column_id: ColumnId, rank: str, count: int, *, excluding: TaskId | None
    ) -> Sequence[Task]:
        tasks = [t for t in await self.tasks_in_column(column_id) if t.id != excluding]
        below = [t for t in tasks if t.position < rank]
        above = [t for t in tasks if t.position > rank]
        return [*below[-count:], *above[:count]]

    async def tasks_in_column(self, column_id: ColumnId) -> Sequence[Task]:
        tasks = [t for t in self._state.tasks.values() if t.column_id == column_id]
        return sorted(tasks, key=lambda task: task.position)

    async def reposition_tasks(self, position_by_task_id: dict[TaskId, str]) -> None:
        for task_id, position in position_by_task_id.items():
            self._state.tasks[task_id] = replace(self._state.tasks[task_id], position=position)
        _require_unique(self._state)

    async def subtasks(self, task_id: TaskId) -> Sequence[Task]:
        tasks = [t for t in self._state.tasks.values() if t.parent_id == task_id]
        return sorted(tasks, key=lambda task: task.number)

    async def columns_of(self, project_id: ProjectId) -> Sequence[Column]:
        columns = [c for c in self._state.columns.values() if c.project_id == project_id]
        return sorted(columns, key=lambda column: column.position)

    async def answers(self, comment_id: CommentId) -> Sequence[Comment]:
        comments = [c for c in self._state.comments.values() if c.parent_id == comment_id]
        return sorted(comments, key=lambda comment: comment.id)

    async def ancestor_ids(self, task_id: TaskId) -> frozenset[TaskId]:
        found: set[TaskId] = set()
        parent_id = self._state.tasks[task_id].parent_id
        while parent_id is not None:
            found.add(parent_id)
            parent_id = self._state.tasks[parent_id].parent_id
        return frozenset(found)

    async def label_ids(self, task_id: TaskId) -> frozenset[LabelId]:
        return frozenset(
            LabelId(label) for task, label in self._state.task_labels if task == task_id
        )

    async def add_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        self._state.task_labels |= {
            (task_id, label_id)
            for task_id in task_ids
            for label_id in label_ids
            if self._state.tasks[task_id].project_id == self._state.labels[label_id].project_id
        }

    async def remove_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        self._state.task_labels -= {(task, label) for task in task_ids for label in label_ids}

    def record(self, *events: ProjectEvent) -> None:
        self._events.extend(events)

    async def claim_idempotency_key(
        self, actor_id: UserId, key: str, fingerprint: str
    ) -> IdempotentResult | None:
        del fingerprint  # the memory keeps the first result alone, which carries it
        return self._state.keys.setdefault((actor_id, key), None)

    async def keep_idempotent_result(
        self, actor_id: UserId, key: str, result: IdempotentResult
    ) -> None:
        self._state.keys[actor_id, key] = result

    async def commit(self) -> None:
        for event in self._events:
            project = self._state.projects[event.project_id]
            assert event.seq == project.event_seq + 1, "the sequence must be contiguous"
            self._state.projects[project.id] = replace(project, event_seq=event.seq)
        self._state.events.extend(self._events)
        self._events.clear()
        self._database.state = self._state.copied()


def _gap(
    rows: Sequence[_Ranked], *, moving: UUID | None, before: UUID | None, after: UUID | None
) -> Gap | None:
    rank_by_id = {row.id: row.position for row in rows}
    others = sorted(row.position for row in rows if row.id != moving)
    if before is None and after is None:
        return Gap(previous=others[-1] if others else None, following=None)
    if after in rank_by_id:
        rank = rank_by_id[after]
        return Gap(previous=rank, following=min((o for o in others if o > rank), default=None))
    if before in rank_by_id:
        rank = rank_by_id[before]
        return Gap(previous=max((o for o in others if o < rank), default=None), following=rank)
    return None


def _require_unique(state: MemoryState) -> None:
    """Raise AlreadyExists, or fail where the domain promises never to repeat a value."""
    taken = (
        ("slug", "Another workspace has this slug.", [w.slug for w in state.workspaces.values()]),
        (
            "key",
            "Another project of this workspace has this key.",
            [(p.workspace_id, p.key) for p in state.projects.values()],
        ),
        (
            "name",
            "Another label of this project has this name.",
            [(label.project_id, label.name.lower()) for label in state.labels.values()],
        ),
        (
            "email",
            "This e-mail address has an account.",
            [u.email for u in state.users.values() if u.email is not None],
        ),
    )
    places = [(i.workspace_id, i.email) for i in state.invitations.values()]
    assert len(places) == len(set(places)), "somebody was invited twice"
    for name, message, values in taken:
        if len(values) != len(set(values)):
            raise AlreadyExists(message, field=(name,))
    ranks: list[tuple[UUID, str]] = [
        *((t.column_id, t.position) for t in state.tasks.values()),
        *((c.project_id, c.position) for c in state.columns.values()),
        *((i.task_id, i.position) for i in state.checklist_items.values()),
    ]
    assert len(ranks) == len(set(ranks)), "a rank was given twice"


def _cascade(state: MemoryState) -> None:
    """Remove what belongs to something removed, and loosen what may stand alone."""
    for rows in (state.comments, state.checklist_items, state.attachments):
        for row in [row for row in rows.values() if row.task_id not in state.tasks]:
            del rows[row.id]
    for comment in list(state.comments.values()):
        if comment.parent_id is not None and comment.parent_id not in state.comments:
            state.comments[comment.id] = replace(comment, parent_id=None)
    state.task_labels = {
        (task, label)
        for task, label in state.task_labels
        if task in state.tasks and label in state.labels
    }
    assert all(t.column_id in state.columns for t in state.tasks.values()), "a task has no column"
    assert all(t.parent_id is None or t.parent_id in state.tasks for t in state.tasks.values()), (
        "a task is below a deleted one"
    )
