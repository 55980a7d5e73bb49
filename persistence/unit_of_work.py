"""One transaction of a command: state, events and outbox become visible together."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Integer,
    Text,
    Uuid,
    bindparam,
    column,
    delete,
    exists,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.access import Role
from domain.entities import (
    Attachment,
    ChecklistItem,
    Column,
    Comment,
    Label,
    Membership,
    Project,
    Task,
    User,
    Workspace,
)
from domain.errors import NotFound
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
from domain.reads import TasksFound
from persistence import mappings
from persistence.compiled_statements import CompiledStatement, is_one_of_these
from persistence.database import Database
from persistence.event_append import APPEND_EVENTS, event_rows
from persistence.gaps import CHECKLIST_RANKS, COLUMN_RANKS, TASK_RANKS, Neighbours, find_gap
from persistence.held_projects import Holder
from persistence.idempotency import IdempotencyKeys
from persistence.import_records import PostgresBoardImports
from persistence.invitations import PostgresInvitations
from persistence.project_locks import LOCK_BY_STORE, LOCK_PROJECT, nothing_there
from persistence.stores import MadeWhenAsked, TableStore
from persistence.tables import (
    board_columns,
    checklist_items,
    comments,
    labels,
    memberships,
    projects,
    task_labels,
    tasks,
    workspaces,
)
from persistence.transactions import Transaction, transaction

# An import records hundreds of thousands; one statement takes what its timeout allows.
_EVENTS_PER_STATEMENT: Final = 1_000


def _tasks_around() -> CompiledStatement:
    rank, count = bindparam("rank", type_=Text), bindparam("count", type_=Integer)
    scoped = mappings.TASKS.select().where(
        tasks.c.column_id == bindparam("column_id", type_=Uuid),
        tasks.c.id.is_distinct_from(bindparam("excluded_id", type_=Uuid)),
    )
    position = tasks.c.position
    below = scoped.where(position < rank).order_by(position.desc()).limit(count)
    above = scoped.where(position > rank).order_by(position).limit(count)
    return CompiledStatement(union_all(select(below.subquery()), select(above.subquery())))


def _reposition_tasks() -> CompiledStatement:
    ranks = (
        func.unnest(
            bindparam("task_ids", type_=ARRAY(Uuid)),
            bindparam("ranks", type_=ARRAY(Text)),
        )
        .table_valued(column("task_id", Uuid), column("rank", Text))
        .render_derived(name="ranks")
    )
    return CompiledStatement(
        update(tasks).where(tasks.c.id == ranks.c.task_id).values(position=ranks.c.rank)
    )


_TASKS_AROUND: Final = _tasks_around()
_REPOSITION_TASKS: Final = _reposition_tasks()


class PostgresUnitOfWork:
    """`domain.ports.UnitOfWork` in one transaction."""

    users = MadeWhenAsked[Store[User]](TableStore, mappings.USERS)
    workspaces = MadeWhenAsked[Store[Workspace]](TableStore, mappings.WORKSPACES)
    memberships = MadeWhenAsked[Store[Membership]](TableStore, mappings.MEMBERSHIPS)
    invitations = MadeWhenAsked[Invitations](PostgresInvitations)
    projects = MadeWhenAsked[Store[Project]](TableStore, mappings.PROJECTS)
    columns = MadeWhenAsked[Store[Column]](TableStore, mappings.COLUMNS)
    labels = MadeWhenAsked[Store[Label]](TableStore, mappings.LABELS)
    tasks = MadeWhenAsked[Store[Task]](TableStore, mappings.TASKS)
    checklist_items = MadeWhenAsked[Store[ChecklistItem]](TableStore, mappings.CHECKLIST_ITEMS)
    attachments = MadeWhenAsked[Store[Attachment]](TableStore, mappings.ATTACHMENTS)
    comments = MadeWhenAsked[Store[Comment]](TableStore, mappings.COMMENTS)
    _tasks = MadeWhenAsked[TableStore[Task]](TableStore, mappings.TASKS)
    _columns = MadeWhenAsked[TableStore[Column]](TableStore, mappings.COLUMNS)
    _comments = MadeWhenAsked[TableStore[Comment]](TableStore, mappings.COMMENTS)
    imports = MadeWhenAsked[BoardImports](PostgresBoardImports)
    _idempotency = MadeWhenAsked[IdempotencyKeys](IdempotencyKeys)

    def __init__(self, transaction: Transaction, holder: Holder) -> None:
        self.transaction = transaction
        self._holder = holder
        self._events: list[ProjectEvent] = []

    @property
    def along(self) -> TasksFound | None:
        """Nothing: what is read along before a change may not hold behind it."""
        return None

    async def claim_idempotency_key(
        self, actor_id: UserId, key: str, fingerprint: str
    ) -> IdempotentResult | None:
        """Claim the key, or find what its first request led to."""
        return await self._idempotency.claim(actor_id, key, fingerprint)

    async def keep_idempotent_result(
        self, actor_id: UserId, key: str, result: IdempotentResult
    ) -> None:
        """Keep what retries of the key's request will be answered with."""
        await self._idempotency.keep(actor_id, key, result)

    async def lock_workspace(self, workspace_id: UUID, actor_id: UserId) -> tuple[Workspace, Role]:
        """The workspace, locked; raise NotFound unless the actor is a member."""
        mapping = mappings.WORKSPACES
        rows = await self.transaction.run(
            select(*mapping.columns, memberships.c.role)
            .join(memberships, memberships.c.workspace_id == workspaces.c.id)
            .where(workspaces.c.id == workspace_id, memberships.c.user_id == actor_id)
            .with_for_update(key_share=True, of=workspaces)
        )
        if not rows:
            raise NotFound("No such workspace.", field=("workspaceId",))
        [workspace] = mapping.entities(rows, extra=1)
        return workspace, Role(rows[0][-1])

    async def lock_projects(self, workspace_id: WorkspaceId) -> Sequence[Project]:
        """Every project of a locked workspace, locked in the order of their ids."""
        mapping = mappings.PROJECTS
        rows = await self.transaction.run(
            mapping.select()
            .where(projects.c.workspace_id == workspace_id)
            # The same order for all, so that two of them never wait for each other.
            .order_by(projects.c.id)
            .with_for_update(key_share=True)
        )
        locked = mapping.entities(rows)
        for project in locked:
            self._holder.locked(project.id)
        return locked

    async def members(self, workspace_id: WorkspaceId) -> Sequence[Membership]:
        """Who belongs to the workspace, in no particular order."""
        mapping = mappings.MEMBERSHIPS
        scope = memberships.c.workspace_id == workspace_id
        return mapping.entities(await self.transaction.run(mapping.select().where(scope)))

    async def lock_project(self, project_id: UUID, actor_id: UserId) -> LockedProject:
        """The project, locked; raise NotFound unless the actor is a member of its workspace."""
        locked = await self._lock_project(LOCK_PROJECT, project_id, actor_id)
        if locked is None:
            raise NotFound("No such project.", field=("projectId",))
        return locked

    async def lock_project_of(self, store: str, object_id: UUID, actor_id: UserId) -> LockedProject:
        """Like lock_project, for the project of a row in `tasks`, `columns`, `labels`, …."""
        locked = await self._lock_project(LOCK_BY_STORE[store], object_id, actor_id)
        if locked is None:
            raise nothing_there(store)
        return locked

    async def read_ahead(self, place: TaskPlace, actor_id: UserId) -> None:
        """Nothing: what is read before the lock may change until it is held."""

    async def _lock_project(
        self, statement: CompiledStatement, object_id: UUID, actor_id: UserId
    ) -> LockedProject | None:
        parameters = {"object_id": object_id, "actor_id": actor_id}
        rows = await self.transaction.fetch(statement, parameters)
        if not rows:
            return None
        [project] = mappings.PROJECTS.entities(rows, extra=1)
        self._holder.locked(project.id)
        return LockedProject(project=project, role=Role(rows[0][-1]))

    async def is_member(self, workspace_id: WorkspaceId, user_id: UUID) -> bool:
        """Whether the user belongs to the workspace."""
        membership = exists().where(
            memberships.c.workspace_id == workspace_id, memberships.c.user_id == user_id
        )
        [(is_member,)] = await self.transaction.run(select(membership))
        return bool(is_member)

    async def column_gap(
        self, project_id: ProjectId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where among the columns; None when no named neighbour is one of them."""
        neighbours = Neighbours(moving=moving, before=before, after=after)
        return await find_gap(self.transaction, COLUMN_RANKS, project_id, neighbours)

    async def task_gap(
        self, column_id: ColumnId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where in the column; None when none of the named neighbours stands in it."""
        neighbours = Neighbours(moving=moving, before=before, after=after)
        return await find_gap(self.transaction, TASK_RANKS, column_id, neighbours)

    async def checklist_gap(
        self, task_id: TaskId, *, moving: UUID | None, before: UUID | None, after: UUID | None
    ) -> Gap | None:
        """Where in the checklist; None when none of the named neighbours stands in it."""
        neighbours = Neighbours(moving=moving, before=before, after=after)
        return await find_gap(self.transaction, CHECKLIST_RANKS, task_id, neighbours)

    async def checklist_size(self, task_id: TaskId) -> int:
        """How many items the task's checklist has."""
        statement = select(func.count()).where(checklist_items.c.task_id == task_id)
        [(size,)] = await self.transaction.run(statement)
        return int(size)

    async def tasks_around(
        self, column_id: ColumnId, rank: str, count: int, *, excluding: TaskId | None
    ) -> Sequence[Task]:
        """Up to `count` tasks below and `count` above the rank, in board order."""
        parameters = {
            "column_id": column_id,
            "rank": rank,
            "count": count,
            "excluded_id": excluding,
        }
        rows = await self.transaction.fetch(_TASKS_AROUND, parameters)
        return sorted(mappings.TASKS.entities(rows), key=lambda task: task.position)

    async def tasks_in_column(self, column_id: ColumnId) -> Sequence[Task]:
        """Every task of the column in board order, archived ones included."""
        return await self._tasks.where(tasks.c.column_id == column_id, order_by=tasks.c.position)

    async def reposition_tasks(self, position_by_task_id: dict[TaskId, str]) -> None:
        """Give tasks of one column new ranks in one statement."""
        parameters = {
            "task_ids": list(position_by_task_id),
            "ranks": list(position_by_task_id.values()),
        }
        await self.transaction.fetch(_REPOSITION_TASKS, parameters)

    async def subtasks(self, task_id: TaskId) -> Sequence[Task]:
        """The tasks whose parent it is."""
        return await self._tasks.where(tasks.c.parent_id == task_id, order_by=tasks.c.number)

    async def columns_of(self, project_id: ProjectId) -> Sequence[Column]:
        """Every column of the project in board order, archived ones included."""
        scope = board_columns.c.project_id == project_id
        return await self._columns.where(scope, order_by=board_columns.c.position)

    async def answers(self, comment_id: CommentId) -> Sequence[Comment]:
        """The comments whose parent it is, oldest first."""
        scope = comments.c.parent_id == comment_id
        return await self._comments.where(scope, order_by=comments.c.id)

    async def ancestor_ids(self, task_id: TaskId) -> frozenset[TaskId]:
        """Its parent, the parent's parent and so on."""
        parents = select(tasks.c.parent_id).where(tasks.c.id == task_id).cte(recursive=True)
        # UNION, not UNION ALL: a loop, which no command makes, would end all the same.
        chain = parents.union(select(tasks.c.parent_id).where(tasks.c.id == parents.c.parent_id))
        rows = await self.transaction.run(
            select(chain.c.parent_id).where(chain.c.parent_id.is_not(None))
        )
        return frozenset(parent_id for (parent_id,) in rows)

    async def label_ids(self, task_id: TaskId) -> frozenset[LabelId]:
        """The labels on the task."""
        statement = select(task_labels.c.label_id).where(task_labels.c.task_id == task_id)
        return frozenset(label_id for (label_id,) in await self.transaction.run(statement))

    async def add_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        """Put each label on each task; the ones that are there stay."""
        pairs = select(tasks.c.id, labels.c.id, tasks.c.project_id).where(
            is_one_of_these(tasks.c.id, task_ids),
            is_one_of_these(labels.c.id, label_ids),
            labels.c.project_id == tasks.c.project_id,
        )
        await self.transaction.run(
            insert(task_labels)
            .from_select(["task_id", "label_id", "project_id"], pairs)
            .on_conflict_do_nothing()
        )

    async def remove_labels(
        self, task_ids: Collection[TaskId], label_ids: Collection[LabelId]
    ) -> None:
        """Take the labels off the tasks; absent ones are passed over."""
        await self.transaction.run(
            delete(task_labels).where(
                is_one_of_these(task_labels.c.task_id, task_ids),
                is_one_of_these(task_labels.c.label_id, label_ids),
            )
        )

    def record(self, *events: ProjectEvent) -> None:
        """Append events of a locked project to its log at commit."""
        self._events.extend(events)

    async def commit(self) -> None:
        """Write the recorded events, wake the relay and make everything visible."""
        for start in range(0, len(self._events), _EVENTS_PER_STATEMENT):
            events = self._events[start : start + _EVENTS_PER_STATEMENT]
            await self.transaction.fetch(APPEND_EVENTS, {"events": event_rows(events)})
        self._events.clear()
        await self.transaction.commit()


def unit_of_work_factory(
    database: Database,
) -> Callable[[], AbstractAsyncContextManager[UnitOfWork]]:
    """Transactions on the database's pool; one that does not commit is rolled back.

    They raise Unavailable while Postgres is away. A commit that was cut off may have happened:
    only an idempotency key makes the retry of one safe.
    """

    @asynccontextmanager
    async def unit_of_work() -> AsyncIterator[UnitOfWork]:
        with database.held_projects.holder() as holder:
            async with transaction(database.connections) as begun:
                yield PostgresUnitOfWork(begun, holder)

    return unit_of_work
