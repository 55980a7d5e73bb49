"""A read replica: what it has not got yet is read from the primary."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import asyncpg
from sqlalchemy import Uuid, bindparam, select

from domain.errors import Unavailable
from domain.events import Cursor
from domain.identifiers import ProjectId
from persistence.compiled_statements import CompiledStatement
from persistence.connection_pool import ConnectionPool
from persistence.read_pool import ReadPool
from persistence.tables import projects

_LOG = logging.getLogger(__name__)

# After a failure the replica is left alone for so long.
_AWAY_SECONDS: Final = 5.0
# A position takes 200 bytes; who is forgotten is only asked for again.
_REMEMBERED_PROJECTS: Final = 10_000

_POSITION: Final = CompiledStatement(
    select(projects.c.event_seq).where(projects.c.id == bindparam("project_id", type_=Uuid))
)


class ReplicaReads(ReadPool):
    """Reads on a replica, and on the primary while the replica does not answer."""

    def __init__(self, connections: ConnectionPool, *, primary: ReadPool) -> None:
        super().__init__(connections)
        self._primary = primary
        self._away_until = 0.0
        self._seq_by_project_id: OrderedDict[ProjectId, int] = OrderedDict()

    async def fetch(
        self, read: CompiledStatement, parameters: Mapping[str, object]
    ) -> Sequence[asyncpg.Record]:
        """The rows of one read, as they were on the replica when it began."""
        if time.monotonic() >= self._away_until:
            try:
                return await super().fetch(read, parameters)
            except Unavailable as error:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                _LOG.warning("reads go to the primary, the replica is away: %s", error)
        return await self._primary.fetch(read, parameters)

    async def has_reached(self, positions: Collection[Cursor]) -> bool:
        """Whether the replica has every event up to these; False while it does not answer."""
        if time.monotonic() < self._away_until:
            return False
        reached = await asyncio.gather(*map(self._has_reached, positions))
        return all(reached)

    async def _has_reached(self, position: Cursor) -> bool:
        # A replica does not go back, so what it had it has.
        if self._seq_by_project_id.get(position.project_id, -1) >= position.seq:
            return True
        try:
            rows = await super().fetch(_POSITION, {"project_id": position.project_id})
        except Unavailable:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            return False
        seq: int = rows[0][0] if rows else -1
        self._seq_by_project_id[position.project_id] = seq
        self._seq_by_project_id.move_to_end(position.project_id)
        if len(self._seq_by_project_id) > _REMEMBERED_PROJECTS:
            self._seq_by_project_id.popitem(last=False)
        return seq >= position.seq
