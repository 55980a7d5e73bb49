"""What a client reads of a board in one transaction."""

from uuid import UUID

from sqlalchemy import select, text

from domain.identifiers import ProjectId
from persistence import mappings
from persistence.database import Database
from persistence.stores import TableStore
from persistence.tables import task_labels
from persistence.transactions import transaction
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
    async with transaction(database.connections) as work:
        await work.run(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for mapping in _PARTS:
            scope = mapping.table.c.project_id == project_id
            entities += mapping.entities(await work.run(mapping.select().where(scope)))
        pairs = select(task_labels.c.task_id, task_labels.c.label_id).where(
            task_labels.c.project_id == project_id
        )
        for task_id, label_id in await work.run(pairs):
            label_ids.setdefault(task_id, []).append(label_id)
        project = await TableStore(work, mappings.PROJECTS).find(project_id)
    assert project is not None
    return board_state(project.event_seq, [project, *entities], label_ids)
