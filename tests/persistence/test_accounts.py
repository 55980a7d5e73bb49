"""Accounts in Postgres: what is kept, what is unique, and what waits for what."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain.accounts import RefreshToken, Session
from domain.entities import User
from domain.errors import AlreadyExists, Unavailable
from domain.identifiers import SessionId, UserId
from persistence.accounts import PostgresAccounts
from persistence.database import Database
from persistence.tables import refresh_tokens

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def database(migrated_database: str) -> AsyncIterator[Database]:
    async with Database(migrated_database, pool_size=4) as made:
        yield made


@pytest.fixture
def accounts(database: Database) -> PostgresAccounts:
    return PostgresAccounts(database)


def _a_user(email: str = "ada@example.com") -> User:
    return User(id=UserId(uuid4()), name="Ada", email=email, created_at=NOW, updated_at=NOW)


def _a_session(user: User) -> Session:
    return Session(
        id=SessionId(uuid4()),
        user_id=user.id,
        created_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


async def _signed_in(accounts: PostgresAccounts, token_hash: str) -> tuple[User, Session]:
    user = _a_user()
    session = _a_session(user)
    async with accounts.transaction() as transaction:
        await transaction.add_user(user, password_hash="$2b$x")
        await transaction.add_session(session)
        await transaction.add_refresh_token(
            RefreshToken(token_hash=token_hash, session_id=session.id, created_at=NOW)
        )
    return user, session


async def test_credentials_are_found_by_address(accounts: PostgresAccounts) -> None:
    user, _ = await _signed_in(accounts, "h1")
    async with accounts.transaction() as transaction:
        found = await transaction.find_credentials("ada@example.com")
        assert found is not None
        assert (found.user, found.password_hash) == (user, "$2b$x")
        assert await transaction.find_credentials("bob@example.com") is None


async def test_an_address_is_taken_once(accounts: PostgresAccounts) -> None:
    await _signed_in(accounts, "h1")
    with pytest.raises(AlreadyExists):
        async with accounts.transaction() as transaction:
            await transaction.add_user(_a_user(), password_hash="x")


async def test_of_two_who_sign_up_at_once_with_one_address_one_wins(
    accounts: PostgresAccounts,
) -> None:
    async def add() -> None:
        async with accounts.transaction() as transaction:
            await transaction.add_user(_a_user(), password_hash="x")

    outcomes = await asyncio.gather(add(), add(), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [AlreadyExists]


async def test_a_presented_token_comes_with_its_session_and_user(
    accounts: PostgresAccounts,
) -> None:
    user, session = await _signed_in(accounts, "h1")
    async with accounts.transaction() as transaction:
        presented = await transaction.find_refresh_token("h1")
        assert presented is not None
        assert (presented.user, presented.session) == (user, session)
        assert presented.token.used_at is None
        assert await transaction.find_refresh_token("h2") is None


async def test_what_is_marked_and_saved_is_read_back(accounts: PostgresAccounts) -> None:
    _, session = await _signed_in(accounts, "h1")
    later = NOW + timedelta(days=1)
    revoked = Session(
        id=session.id,
        user_id=session.user_id,
        created_at=NOW,
        expires_at=later,
        revoked_at=later,
    )
    async with accounts.transaction() as transaction:
        await transaction.mark_used("h1", later)
        await transaction.save_session(revoked)
    async with accounts.transaction() as transaction:
        presented = await transaction.find_refresh_token("h1")
    assert presented is not None
    assert (presented.session, presented.token.used_at) == (revoked, later)


async def test_a_transaction_that_fails_keeps_nothing(
    accounts: PostgresAccounts, database: Database
) -> None:
    _, session = await _signed_in(accounts, "h1")
    with pytest.raises(ZeroDivisionError):
        await _add_token_and_fail(accounts, session)
    rows = await database.fetch(select(refresh_tokens.c.token_hash))
    assert [row.token_hash for row in rows] == ["h1"]


async def _add_token_and_fail(accounts: PostgresAccounts, session: Session) -> None:
    async with accounts.transaction() as transaction:
        await transaction.add_refresh_token(
            RefreshToken(token_hash="h2", session_id=session.id, created_at=NOW)
        )
        raise ZeroDivisionError


async def test_who_presents_the_same_token_waits_and_sees_that_it_was_used(
    accounts: PostgresAccounts, database: Database
) -> None:
    _, session = await _signed_in(accounts, "h1")

    async def present() -> datetime | None:
        async with accounts.transaction() as transaction:
            presented = await transaction.find_refresh_token("h1")
            assert presented is not None
            return presented.token.used_at

    async with accounts.transaction() as transaction:
        await transaction.find_refresh_token("h1")
        second = asyncio.create_task(present())
        await _until_somebody_waits_for_a_lock(database)
        await transaction.mark_used("h1", NOW)
        await transaction.save_session(session)
        assert not second.done()
    assert await second == NOW


async def _until_somebody_waits_for_a_lock(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(5):
        while (await database.fetch(waiting))[0][0] == 0:  # noqa: ASYNC110 - Postgres tells nobody
            await asyncio.sleep(0.01)


async def test_without_postgres_accounts_are_unavailable() -> None:
    async with Database("postgresql://nobody@127.0.0.1:9/none") as nowhere:
        transaction = PostgresAccounts(nowhere).transaction()
        with pytest.raises(Unavailable):
            await transaction.__aenter__()


async def test_tokens_go_with_their_user(accounts: PostgresAccounts, database: Database) -> None:
    user, _ = await _signed_in(accounts, "h1")
    async with database.transaction() as connection:
        await connection.execute(
            text("DELETE FROM users WHERE id = :id"), {"id": UUID(str(user.id))}
        )
    assert await database.fetch(select(refresh_tokens)) == []
