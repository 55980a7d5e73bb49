"""First results of idempotency keys."""

from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identifiers import UserId
from domain.ports import IdempotentResult
from persistence.tables import idempotency_keys

# The contract's promise to clients; housekeeping removes what is older.
_LIFETIME: Final = text("interval '24 hours'")


class IdempotencyKeys:
    """The keys of users, in the transaction of a connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, actor_id: UserId, key: str, fingerprint: str) -> IdempotentResult | None:
        """None when the key is new and now claimed, otherwise its first result.

        The primary key makes a second transaction wait for the first one's end.
        """
        claim = insert(idempotency_keys).values(user_id=actor_id, key=key, fingerprint=fingerprint)
        claim = claim.on_conflict_do_update(
            index_elements=[idempotency_keys.c.user_id, idempotency_keys.c.key],
            set_={
                "fingerprint": claim.excluded.fingerprint,
                "object_ids": None,
                "project_id": None,
                "seq": None,
                "created_at": func.now(),
            },
            where=idempotency_keys.c.created_at < func.now() - _LIFETIME,
        )
        claimed = await self._connection.scalar(claim.returning(idempotency_keys.c.key))
        if claimed is not None:
            return None
        row = (
            await self._connection.execute(
                select(
                    idempotency_keys.c.fingerprint,
                    idempotency_keys.c.object_ids,
                    idempotency_keys.c.project_id,
                    idempotency_keys.c.seq,
                ).where(idempotency_keys.c.user_id == actor_id, idempotency_keys.c.key == key)
            )
        ).one()
        return IdempotentResult(
            fingerprint=row.fingerprint,
            object_ids=tuple(row.object_ids or ()),
            project_id=row.project_id,
            seq=row.seq,
        )

    async def keep(self, actor_id: UserId, key: str, result: IdempotentResult) -> None:
        """Remember what the claimed key led to."""
        await self._connection.execute(
            update(idempotency_keys)
            .where(idempotency_keys.c.user_id == actor_id, idempotency_keys.c.key == key)
            .values(
                object_ids=list(result.object_ids),
                project_id=result.project_id,
                seq=result.seq,
            )
        )
