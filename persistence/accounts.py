"""Accounts, sessions and refresh tokens in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import asyncpg
from sqlalchemy import DateTime, Text, Uuid, bindparam, insert, select, update

from domain.accounts import (
    AccountTransaction,
    Credentials,
    PresentedToken,
    RefreshToken,
    Session,
)
from domain.entities import User
from domain.errors import AlreadyExists
from persistence import mappings
from persistence.availability import answering
from persistence.compiled_statements import CompiledStatement
from persistence.database import Database
from persistence.stores import EntityMapping
from persistence.tables import refresh_tokens, sessions, users
from persistence.transactions import Transaction, transaction

_SESSIONS: Final = EntityMapping(Session, sessions)
_TOKENS: Final = EntityMapping(RefreshToken, refresh_tokens)
_HASH: Final = bindparam("hash", type_=Text)
_CREDENTIALS: Final = CompiledStatement(
    select(*mappings.USERS.columns, users.c.password_hash).where(
        users.c.email == bindparam("address", type_=Text)
    )
)
_ADD_USER: Final = CompiledStatement(
    insert(users).values(
        {
            column: bindparam(column.name, type_=column.type)
            for column in (*mappings.USERS.columns, users.c.password_hash)
        }
    )
)
_SAVE_SESSION: Final = CompiledStatement(
    update(sessions)
    .where(sessions.c.id == bindparam("session", type_=Uuid))
    .values(
        expires_at=bindparam("expires", type_=DateTime(timezone=True)),
        revoked_at=bindparam("revoked", type_=DateTime(timezone=True)),
    )
)
_LOCK_SESSION: Final = CompiledStatement(
    _SESSIONS.select()
    .where(
        sessions.c.id
        == select(refresh_tokens.c.session_id)
        .where(refresh_tokens.c.token_hash == _HASH)
        .scalar_subquery()
    )
    .with_for_update()
)
_TOKEN_AND_USER: Final = CompiledStatement(
    select(*_TOKENS.columns, *mappings.USERS.columns)
    .join_from(refresh_tokens, users, users.c.id == bindparam("user", type_=Uuid))
    .where(refresh_tokens.c.token_hash == _HASH)
)
_MARK_USED: Final = CompiledStatement(
    update(refresh_tokens)
    .where(refresh_tokens.c.token_hash == _HASH)
    .values(used_at=bindparam("at", type_=DateTime(timezone=True)))
)


class PostgresAccounts:
    """`domain.accounts.AccountStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AccountTransaction]:
        """A transaction that commits unless the block raises; Unavailable with Postgres away."""
        async with answering(), transaction(self._database.connections) as begun:
            yield PostgresAccountTransaction(begun)
            await begun.commit()


class PostgresAccountTransaction:
    """`domain.accounts.AccountTransaction` in a transaction of the database."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def find_credentials(self, email: str) -> Credentials | None:
        """The account with that address, or None if there is none."""
        rows = await self._transaction.fetch(_CREDENTIALS, {"address": email})
        if not rows:
            return None
        [user] = mappings.USERS.entities(rows, extra=1)
        return Credentials(user=user, password_hash=rows[0]["password_hash"])

    async def add_user(self, user: User, *, password_hash: str) -> None:
        """Keep a new user; raise AlreadyExists when the address is taken."""
        values = {**mappings.USERS.values(user), "password_hash": password_hash}
        try:
            await self._transaction.fetch(_ADD_USER, values)
        except asyncpg.UniqueViolationError as error:
            raise AlreadyExists("The e-mail address is taken.", field=("email",)) from error

    async def add_session(self, session: Session) -> None:
        """Keep a new session."""
        await self._transaction.fetch(_SESSIONS.insert_one, _SESSIONS.values(session))

    async def save_session(self, session: Session) -> None:
        """Write when the session expires and whether it is revoked."""
        await self._transaction.fetch(
            _SAVE_SESSION,
            {
                "session": session.id,
                "expires": session.expires_at,
                "revoked": session.revoked_at,
            },
        )

    async def add_refresh_token(self, token: RefreshToken) -> None:
        """Keep a new token."""
        await self._transaction.fetch(_TOKENS.insert_one, _TOKENS.values(token))

    async def find_refresh_token(self, token_hash: str) -> PresentedToken | None:
        """The token, with its session locked; None if there is none with that hash."""
        # Two statements: a row read while waiting for the lock would be as old as the wait.
        locked = await self._transaction.fetch(_LOCK_SESSION, {"hash": token_hash})
        if not locked:
            return None
        [session] = _SESSIONS.entities(locked)
        [row] = await self._transaction.fetch(
            _TOKEN_AND_USER, {"hash": token_hash, "user": session.user_id}
        )
        [token] = _TOKENS.entities([row[: len(_TOKENS.columns)]])
        [user] = mappings.USERS.entities([row[len(_TOKENS.columns) :]])
        return PresentedToken(token=token, session=session, user=user)

    async def mark_used(self, token_hash: str, at: datetime) -> None:
        """Note when the token was exchanged."""
        await self._transaction.fetch(_MARK_USED, {"hash": token_hash, "at": at})
