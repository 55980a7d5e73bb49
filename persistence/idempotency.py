"""First results of idempotency keys."""

from typing import Final

import asyncpg
from sqlalchemy import BigInteger, Text, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.identifiers import UserId
from domain.ports import IdempotentResult
from persistence.compiled_statements import CompiledStatement
from persistence.read_pool import ReadPool
from persistence.tables import idempotency_keys
from persistence.transactions import Transaction

# The contract's promise to clients; housekeeping removes what is older.
_LIFETIME: Final = text("interval '24 hours'")


_USER_ID: Final = bindparam("actor", type_=Uuid)
_KEY: Final = bindparam("claimed", type_=Text)
_new = insert(idempotency_keys).values(
    user_id=_USER_ID, key=_KEY, fingerprint=bindparam("print", type_=Text)
)
_CLAIM: Final = CompiledStatement(
    _new.on_conflict_do_update(
        index_elements=[idempotency_keys.c.user_id, idempotency_keys.c.key],
        set_={
            "fingerprint": _new.excluded.fingerprint,
            "object_ids": None,
            "project_id": None,
            "seq": None,
            "created_at": func.now(),
        },
        where=idempotency_keys.c.created_at < func.now() - _LIFETIME,
    ).returning(idempotency_keys.c.key)
)
_is_claimed = (idempotency_keys.c.user_id == _USER_ID) & (idempotency_keys.c.key == _KEY)
_FIRST_RESULT: Final = CompiledStatement(
    select(
        idempotency_keys.c.fingerprint,
        idempotency_keys.c.object_ids,
        idempotency_keys.c.project_id,
        idempotency_keys.c.seq,
        (idempotency_keys.c.created_at >= func.now() - _LIFETIME).label("is_good"),
    ).where(_is_claimed)
)
_KEEP: Final = CompiledStatement(
    update(idempotency_keys)
    .where(_is_claimed)
    .values(
        object_ids=bindparam("objects", type_=ARRAY(Uuid)),
        project_id=bindparam("project", type_=Uuid),
        seq=bindparam("last_seq", type_=BigInteger),
    )
)


class IdempotencyKeys:
    """The keys of users, in a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def claim(self, actor_id: UserId, key: str, fingerprint: str) -> IdempotentResult | None:
        """None when the key is new and now claimed, otherwise its first result.

        The primary key makes a second transaction wait for the first one's end.
        """
        parameters = {"actor": actor_id, "claimed": key, "print": fingerprint}
        if await self._transaction.fetch(_CLAIM, parameters):
            return None
        [first] = await self._transaction.fetch(_FIRST_RESULT, parameters)
        return _result(first)

    async def keep(self, actor_id: UserId, key: str, result: IdempotentResult) -> None:
        """Remember what the claimed key led to."""
        await self._transaction.fetch(
            _KEEP,
            {
                "actor": actor_id,
                "claimed": key,
                "objects": list(result.object_ids),
                "project": result.project_id,
                "last_seq": result.seq,
            },
        )


async def find_first_result(reads: ReadPool, actor_id: UserId, key: str) -> IdempotentResult | None:
    """The first result of a key that is still good, or None; it claims nothing."""
    rows = await reads.fetch(_FIRST_RESULT, {"actor": actor_id, "claimed": key})
    return _result(rows[0]) if rows and rows[0]["is_good"] else None


def _result(row: asyncpg.Record) -> IdempotentResult:
    return IdempotentResult(
        fingerprint=row["fingerprint"],
        object_ids=tuple(row["object_ids"] or ()),
        project_id=row["project_id"],
        seq=row["seq"],
    )
