"""Everything that moving a task asks for, read in one statement."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Uuid, bindparam, select

from domain.access import Role
from domain.entities import Column, Project, Task
from domain.identifiers import UserId
from domain.ports import Gap, LockedProject, TaskPlace
from persistence import mappings
from persistence.compiled_statements import CompiledStatement
from persistence.gaps import TASK_RANKS, gap_of, rank_expressions
from persistence.read_pool import ReadPool
from persistence.readers.related_rows import EntityPart, RowLayout
from persistence.tables import board_columns, memberships, projects, tasks

_ACTOR: Final = bindparam("actor_id", type_=Uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFound:
    """A task and the place it is to go to, as all of it was at one instant."""

    locked: LockedProject
    task: Task
    # None where there is no such column.
    column: Column | None
    # None where none of the named neighbours stands in the column.
    gap: Gap | None


class _PlaceRead:
    """The statement, and where in its rows everything is."""

    def __init__(self) -> None:
        layout = RowLayout()
        self._project: EntityPart[Project] = layout.entity(mappings.PROJECTS, None, projects)
        self._task: EntityPart[Task] = layout.entity(mappings.TASKS, None, tasks)
        self._column: EntityPart[Column] = layout.entity(mappings.COLUMNS, None, board_columns)
        self._role = layout.value(memberships.c.role)
        ranks = [layout.value(expression) for expression in rank_expressions(TASK_RANKS)]
        self._ranks = slice(ranks[0], ranks[-1] + 1)
        # The parameters are those of `rank_expressions`.
        column_id, task_id = bindparam("parent_id", type_=Uuid), bindparam("moving_id", type_=Uuid)
        self._read = CompiledStatement(
            select(*layout.columns)
            .select_from(
                tasks.join(projects, projects.c.id == tasks.c.project_id)
                .join(memberships, memberships.c.workspace_id == projects.c.workspace_id)
                .outerjoin(board_columns, board_columns.c.id == column_id)
            )
            .where(tasks.c.id == task_id, memberships.c.user_id == _ACTOR)
        )

    async def run(self, reads: ReadPool, place: TaskPlace, actor_id: UserId) -> PlaceFound | None:
        """The place; None where there is no such task or the actor is no member."""
        parameters: dict[str, Any] = {
            "parent_id": place.column_id,
            "moving_id": place.task_id,
            "before_id": place.before_id,
            "after_id": place.after_id,
            "actor_id": actor_id,
        }
        rows = await reads.fetch(self._read, parameters)
        if not rows:
            return None
        [row] = rows
        [project] = self._project.by_id(rows).values()
        [task] = self._task.by_id(rows).values()
        return PlaceFound(
            locked=LockedProject(project=project, role=Role(row[self._role])),
            task=task,
            column=next(iter(self._column.by_id(rows).values()), None),
            gap=gap_of(row[self._ranks], before=place.before_id, after=place.after_id),
        )


@cache
def _place_read() -> _PlaceRead:
    return _PlaceRead()


async def find_place(reads: ReadPool, place: TaskPlace, actor_id: UserId) -> PlaceFound | None:
    """The place, in one round trip; None where there is no such task or the actor is no member."""
    return await _place_read().run(reads, place, actor_id)
