"""What a client reads of a board in one transaction."""

from uuid import UUID

from sqlalchemy import select

from domain.identifiers import ProjectId
from persistence import mappings
from persistence.database import Database
from persistence.tables import task_labels
from tests.builders.board_state import BoardState, Entity, board_state

_PARTS = (
    mappings.COLUMNS,
    mappings.LABELS,
    mappings.TASKS,
    mappings.CHECKLIST_ITEMS,
    mappings.ATTACHMENTS,
    mappings.COMMENTS,
)


async def read_board(database: Database, project_id: ProjectId) -> BoardState:
    """The board and its seq at one instant, however many write meanwhile."""
    entities: list[Entity] = []
    label_ids: dict[UUID, list[UUID]] = {}
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        for mapping in _PARTS:
            scope = mapping.table.c.project_id == project_id
            rows = await connection.execute(mapping.select().where(scope))
            entities += [mapping.entity(row) for row in rows]
        scope = task_labels.c.project_id == project_id
        for row in await connection.execute(select(task_labels).where(scope)):
            label_ids.setdefault(row.task_id, []).append(row.label_id)
        scope = mappings.PROJECTS.table.c.id == project_id
        row = (await connection.execute(mappings.PROJECTS.select().where(scope))).one()
        project = mappings.PROJECTS.entity(row)
    return board_state(project.event_seq, [project, *entities], label_ids)
