"""The ledger of imports: which object of another tool became which of ours."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, cast, column, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.board_import import ImportKey, ImportKind
from domain.entities import Column, Label
from domain.identifiers import ProjectId, WorkspaceId
from persistence import mappings
from persistence.stores import TableStore
from persistence.tables import board_columns, import_records, labels, projects
from persistence.transactions import Transaction


class PostgresBoardImports:
    """`domain.ports.BoardImports` in a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._columns = TableStore(transaction, mappings.COLUMNS)
        self._labels = TableStore(transaction, mappings.LABELS)

    async def imported_ids(
        self, workspace_id: WorkspaceId, source: str, external_ids: Collection[str]
    ) -> Mapping[ImportKey, UUID]:
        """What earlier imports made of those of the ids, though it may be deleted since."""
        # One array, because a statement has at most 32,767 parameters.
        rows = await self._transaction.run(
            select(
                import_records.c.kind, import_records.c.external_id, import_records.c.object_id
            ).where(
                import_records.c.workspace_id == workspace_id,
                import_records.c.source == source,
                import_records.c.external_id == any_(cast(list(external_ids), ARRAY(Text))),
            )
        )
        return {
            ImportKey(kind=ImportKind(kind), external_id=external_id): object_id
            for kind, external_id, object_id in rows
        }

    async def keep(
        self,
        workspace_id: WorkspaceId,
        source: str,
        object_id_by_key: Mapping[ImportKey, UUID],
        imported_at: datetime,
    ) -> None:
        """Remember what this import made."""
        if not object_id_by_key:
            return
        made = (
            func.unnest(
                cast([key.kind.value for key in object_id_by_key], ARRAY(Text)),
                cast([key.external_id for key in object_id_by_key], ARRAY(Text)),
                cast(list(object_id_by_key.values()), ARRAY(Uuid)),
            )
            .table_valued(column("kind", Text), column("external_id", Text), column("object", Uuid))
            .render_derived()
        )
        names = ["workspace_id", "source", "kind", "external_id", "object_id", "imported_at"]
        await self._transaction.run(
            insert(import_records).from_select(
                names,
                select(
                    literal(workspace_id, Uuid),
                    literal(source, Text),
                    made.c.kind,
                    made.c.external_id,
                    made.c.object,
                    literal(imported_at, import_records.c.imported_at.type),
                ),
            )
        )

    async def project_keys(self, workspace_id: WorkspaceId) -> frozenset[str]:
        """The keys of the workspace's projects, archived ones included."""
        statement = select(projects.c.key).where(projects.c.workspace_id == workspace_id)
        return frozenset(key for (key,) in await self._transaction.run(statement))

    async def columns(self, project_id: ProjectId) -> Sequence[Column]:
        """Every column of the project in board order, archived ones included."""
        return await self._columns.where(
            board_columns.c.project_id == project_id, order_by=board_columns.c.position
        )

    async def labels(self, project_id: ProjectId) -> Sequence[Label]:
        """Every label of the project."""
        return await self._labels.where(labels.c.project_id == project_id)
