"""Accounts, sessions and refresh tokens in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.accounts import (
    AccountTransaction,
    Credentials,
    PresentedToken,
    RefreshToken,
    Session,
)
from domain.entities import User
from domain.errors import AlreadyExists
from domain.identifiers import SessionId, UserId
from persistence.availability import answering
from persistence.database import Database
from persistence.tables import refresh_tokens, sessions, users

_USER = (users.c.id, users.c.name, users.c.email, users.c.created_at, users.c.updated_at)


class PostgresAccounts:
    """`domain.accounts.AccountStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AccountTransaction]:
        """A transaction that commits unless the block raises; Unavailable with Postgres away."""
        async with answering(), self._database.transaction() as connection:
            yield PostgresAccountTransaction(connection)


class PostgresAccountTransaction:
    """`domain.accounts.AccountTransaction` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_credentials(self, email: str) -> Credentials | None:
        """The account with that address, or None if there is none."""
        found = await self._connection.execute(
            select(*_USER, users.c.password_hash).where(users.c.email == email)
        )
        row = found.one_or_none()
        if row is None:
            return None
        return Credentials(user=_user(row), password_hash=row.password_hash)

    async def add_user(self, user: User, *, password_hash: str) -> None:
        """Keep a new user; raise AlreadyExists when the address is taken."""
        try:
            await self._connection.execute(
                insert(users).values(
                    id=user.id,
                    name=user.name,
                    email=user.email,
                    password_hash=password_hash,
                    created_at=user.created_at,
                    updated_at=user.updated_at,
                )
            )
        except IntegrityError as error:
            raise AlreadyExists("The e-mail address is taken.", field=("email",)) from error

    async def add_session(self, session: Session) -> None:
        """Keep a new session."""
        await self._connection.execute(
            insert(sessions).values(
                id=session.id,
                user_id=session.user_id,
                created_at=session.created_at,
                expires_at=session.expires_at,
                revoked_at=session.revoked_at,
            )
        )

    async def save_session(self, session: Session) -> None:
        """Write when the session expires and whether it is revoked."""
        await self._connection.execute(
            update(sessions)
            .where(sessions.c.id == session.id)
            .values(expires_at=session.expires_at, revoked_at=session.revoked_at)
        )

    async def add_refresh_token(self, token: RefreshToken) -> None:
        """Keep a new token."""
        await self._connection.execute(
            insert(refresh_tokens).values(
                token_hash=token.token_hash,
                session_id=token.session_id,
                created_at=token.created_at,
                used_at=token.used_at,
            )
        )

    async def find_refresh_token(self, token_hash: str) -> PresentedToken | None:
        """The token, with its session locked; None if there is none with that hash."""
        # Two statements: a row read while waiting for the lock would be as old as the wait.
        session = (
            await self._connection.execute(
                select(sessions)
                .where(
                    sessions.c.id
                    == select(refresh_tokens.c.session_id)
                    .where(refresh_tokens.c.token_hash == token_hash)
                    .scalar_subquery()
                )
                .with_for_update()
            )
        ).one_or_none()
        if session is None:
            return None
        row = (
            await self._connection.execute(
                select(
                    *_USER,
                    refresh_tokens.c.created_at.label("token_created_at"),
                    refresh_tokens.c.used_at,
                )
                .join_from(refresh_tokens, users, users.c.id == session.user_id)
                .where(refresh_tokens.c.token_hash == token_hash)
            )
        ).one()
        session_id = SessionId(session.id)
        return PresentedToken(
            token=RefreshToken(
                token_hash=token_hash,
                session_id=session_id,
                created_at=row.token_created_at,
                used_at=row.used_at,
            ),
            session=Session(
                id=session_id,
                user_id=UserId(session.user_id),
                created_at=session.created_at,
                expires_at=session.expires_at,
                revoked_at=session.revoked_at,
            ),
            user=_user(row),
        )

    async def mark_used(self, token_hash: str, at: datetime) -> None:
        """Note when the token was exchanged."""
        await self._connection.execute(
            update(refresh_tokens)
            .where(refresh_tokens.c.token_hash == token_hash)
            .values(used_at=at)
        )


def _user(row: Row[*tuple[object, ...]]) -> User:
    return User(
        id=UserId(row.id),
        name=row.name,
        email=row.email,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
