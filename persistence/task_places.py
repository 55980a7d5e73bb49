"""Everything that moving or editing a task asks for, read in one statement."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Uuid, bindparam, func, select

from domain.access import Role
from domain.entities import Column, Project, Task
from domain.identifiers import UserId
from domain.ports import LockedProject, TaskPlace
from domain.reads import Fields, TaskRelation, TasksFound, TasksWanted
from persistence import mappings
from persistence.compiled_statements import EXECUTION, PipelinedStatement
from persistence.gaps import TASK_RANKS, FoundRanks, with_ranks
from persistence.read_pool import ReadPool
from persistence.readers.related_rows import VIEWER, EntityPart, RowLayout
from persistence.readers.tasks_by_id import TaskParts
from persistence.tables import board_columns, memberships, projects, tasks

# What stays as it is. The task's column may be another afterwards, the project's counter will be.
_UNMOVED: Final = frozenset(
    {
        TaskRelation.ASSIGNEE,
        TaskRelation.CREATOR,
        TaskRelation.LABELS,
        TaskRelation.COMMENT_COUNT,
    }
)
# What moves and edits ask of a project and a column. Other attributes stay unset: an instant
# costs as much to read as ten short texts.
_PROJECT_FIELDS: Final = frozenset({"id", "workspace_id", "event_seq", "archived_at"})
_COLUMN_FIELDS: Final = frozenset({"id", "project_id", "category", "archived_at"})
_PROJECT_NAMES: Final = mappings.PROJECTS.names_among(_PROJECT_FIELDS)
_construct_project: Final = mappings.PROJECTS.construction(_PROJECT_NAMES)
# Which fields operations select is the clients' choice, and which neighbours they name; so many
# statements stay compiled.
_STATEMENTS: Final = 128
_ROLES: Final = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFound:
    """A task and the place it is to go to or to stay at, as all of it was at one instant.

    Of the project and the column, what commands ask of them, and what was wanted along.
    """

    locked: LockedProject
    task: Task
    # None where there is no such column.
    column: Column | None
    # Around the place in the column.
    ranks: FoundRanks
    # What was wanted along with the task as it is at its new place; None if some has to be read.
    along: TasksFound | None

    def behind(self, seq: int, ranks: FoundRanks) -> "PlaceFound":
        """The place as it is when the project's log has got to there, with these ranks around."""
        project = self.locked.project
        values = [seq if name == "event_seq" else getattr(project, name) for name in _PROJECT_NAMES]
        [advanced] = _construct_project((values,))
        return PlaceFound(
            locked=LockedProject(project=advanced, role=self.locked.role),
            task=self.task,
            column=self.column,
            ranks=ranks,
            along=self.along,
        )


class _PlaceRead:
    """The statement, and where in its rows everything is."""

    def __init__(
        self,
        unmoved: TasksWanted,
        column_fields: Fields,
        *,
        has_before: bool,
        has_after: bool,
        has_all: bool,
        is_column_wanted: bool,
    ) -> None:
        """What the place has for neighbours, and whether the rest is all that is wanted along."""
        self._has_all = has_all
        self._is_column_wanted = is_column_wanted
        layout = RowLayout()
        self._along = TaskParts(layout, unmoved)
        self._project: EntityPart[Project] = layout.entity(
            mappings.PROJECTS, _PROJECT_FIELDS, projects
        )
        self._column: EntityPart[Column] = layout.entity(
            mappings.COLUMNS, column_fields, board_columns
        )
        self._role = layout.value(memberships.c.role)
        # The parameters are those of `with_ranks`.
        column_id, task_id = bindparam("parent_id", type_=Uuid), bindparam("moving_id", type_=Uuid)
        place = (
            self._along.source.join(projects, projects.c.id == tasks.c.project_id)
            .join(memberships, memberships.c.workspace_id == projects.c.workspace_id)
            .outerjoin(
                board_columns, board_columns.c.id == func.coalesce(column_id, tasks.c.column_id)
            )
        )
        source, columns = with_ranks(place, TASK_RANKS, has_before=has_before, has_after=has_after)
        ranks = [layout.value(column) for column in columns]
        self._ranks = slice(ranks[0], ranks[-1] + 1)
        self._read = PipelinedStatement(
            select(*layout.columns, EXECUTION)
            .select_from(source)
            .where(tasks.c.id == task_id, memberships.c.user_id == VIEWER)
        )

    async def run(self, reads: ReadPool, place: TaskPlace, actor_id: UserId) -> PlaceFound | None:
        """The place, with all that is wanted along or none of it.

        None where there is no such task or the actor is no member.
        """
        parameters: dict[str, Any] = {
            "parent_id": place.column_id,
            "moving_id": place.task_id,
            "before_id": place.before_id,
            "after_id": place.after_id,
            "viewer_id": actor_id,
        }
        rows = await reads.fetch(self._read, parameters)
        if not rows:
            return None
        [row] = rows
        [project] = self._project.by_id(rows).values()
        columns = self._column.by_id(rows)
        # What only the command needs of a column is too little for whoever comes to it otherwise.
        found = self._along.found(rows, actor_id, columns=columns if self._is_column_wanted else {})
        return PlaceFound(
            locked=LockedProject(project=project, role=_ROLES[row[self._role]]),
            task=found.task_by_id[place.task_id],
            column=next(iter(columns.values()), None),
            ranks=row[self._ranks],
            along=found if self._has_all else None,
        )


async def find_place(
    reads: ReadPool, place: TaskPlace, actor_id: UserId, wanted: TasksWanted | None
) -> PlaceFound | None:
    """The place, in one round trip; None where there is no such task or the actor is no member."""
    read = _place_read(
        wanted, has_before=place.before_id is not None, has_after=place.after_id is not None
    )
    return await read.run(reads, place, actor_id)


@lru_cache(maxsize=_STATEMENTS)
def _place_read(wanted: TasksWanted | None, *, has_before: bool, has_after: bool) -> _PlaceRead:
    unmoved = None if wanted is None else _unmoved(wanted)
    column_fields, is_column_wanted = _column_wanted(wanted or TasksWanted())
    return _PlaceRead(
        unmoved or TasksWanted(),
        column_fields,
        has_before=has_before,
        has_after=has_after,
        has_all=unmoved is not None,
        is_column_wanted=is_column_wanted,
    )


def _unmoved(wanted: TasksWanted) -> TasksWanted | None:
    """What is wanted without the column, which comes with the place, of a task as a whole.

    None where a move changes some of it.
    """
    if any(relation not in _UNMOVED | {TaskRelation.COLUMN} for relation, _ in wanted.along):
        return None
    along = tuple(pair for pair in wanted.along if pair[0] in _UNMOVED)
    return TasksWanted(along=along, has_visibility=wanted.has_visibility)


def _column_wanted(wanted: TasksWanted) -> tuple[Fields, bool]:
    """What is read of the column, and whether it is wanted along."""
    for relation, fields in wanted.along:
        if relation is TaskRelation.COLUMN:
            return None if fields is None else _COLUMN_FIELDS | fields, True
    return _COLUMN_FIELDS, False
