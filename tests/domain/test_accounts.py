"""Accounts: what sign-up, sign-in, refresh and sign-out promise, over fakes at the ports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from domain.accounts import (
    REUSE_GRACE,
    AccessClaims,
    Accounts,
    Credentials,
    InvalidCredentials,
    PresentedToken,
    RateLimited,
    RefreshToken,
    Session,
    SignedIn,
)
from domain.entities import User
from domain.errors import AlreadyExists, ErrorCode, InvalidInput, Unauthenticated
from domain.identifiers import SessionId, UserId

PASSWORD = "correct horse"
ADDRESS = "192.0.2.1"


@dataclass(slots=True)
class MemoryAccounts:
    """An account store whose transactions roll back by restoring what was."""

    credentials: dict[str, Credentials] = field(default_factory=dict)
    sessions: dict[SessionId, Session] = field(default_factory=dict)
    tokens: dict[str, RefreshToken] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[MemoryAccounts]":
        before = dict(self.credentials), dict(self.sessions), dict(self.tokens)
        try:
            yield self
        except BaseException:
            self.credentials, self.sessions, self.tokens = before
            raise

    async def find_credentials(self, email: str) -> Credentials | None:
        return self.credentials.get(email)

    async def add_user(self, user: User, *, password_hash: str) -> None:
        assert user.email is not None
        if user.email in self.credentials:
            raise AlreadyExists("taken")
        self.credentials[user.email] = Credentials(user=user, password_hash=password_hash)

    async def add_session(self, session: Session) -> None:
        self.sessions[session.id] = session

    async def save_session(self, session: Session) -> None:
        self.sessions[session.id] = session

    async def add_refresh_token(self, token: RefreshToken) -> None:
        self.tokens[token.token_hash] = token

    async def find_refresh_token(self, token_hash: str) -> PresentedToken | None:
        token = self.tokens.get(token_hash)
        if token is None:
            return None
        session = self.sessions[token.session_id]
        [user] = [c.user for c in self.credentials.values() if c.user.id == session.user_id]
        return PresentedToken(token=token, session=session, user=user)

    async def mark_used(self, token_hash: str, at: datetime) -> None:
        self.tokens[token_hash] = replace(self.tokens[token_hash], used_at=at)


@dataclass(slots=True)
class PlainHasher:
    """Passwords hashed by a prefix; what was verified is noted."""

    verified: list[str | None] = field(default_factory=list)

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, password: str, password_hash: str | None) -> bool:
        self.verified.append(password_hash)
        return password_hash == f"hash of {password}"


@dataclass(slots=True)
class PlainTokens:
    """Access tokens one can read, and refresh tokens one can count."""

    seconds: int = 900
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def issue(self, user_id: UserId, session_id: SessionId) -> str:
        return f"access {user_id} {session_id}"

    def verify(self, token: str) -> AccessClaims:
        raise Unauthenticated(token)

    def new_token(self) -> str:
        return f"refresh {next(self.numbers)}"

    def hash(self, token: str) -> str:
        return f"hash of {token}"


@dataclass(slots=True)
class CountedAttempts:
    """Counts what failed; refuses from the third on."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    async def admit(self, *, email: str, client_address: str) -> None:
        key = (email, client_address)
        if self.counts.get(key, 0) >= 3:
            raise RateLimited(retry_after_seconds=60)
        self.counts[key] = self.counts.get(key, 0) + 1

    async def forgive(self, *, email: str, client_address: str) -> None:
        self.counts[email, client_address] -= 1


@dataclass(slots=True)
class Situation:
    """The use cases, and everything behind their ports."""

    now_: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)
    store: MemoryAccounts = field(default_factory=MemoryAccounts)
    passwords: PlainHasher = field(default_factory=PlainHasher)
    tokens: PlainTokens = field(default_factory=PlainTokens)
    attempts: CountedAttempts = field(default_factory=CountedAttempts)
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def now(self) -> datetime:
        return self.now_

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    def after(self, duration: timedelta) -> None:
        self.now_ += duration

    @property
    def accounts(self) -> Accounts:
        return Accounts(
            store=self.store,
            passwords=self.passwords,
            access_tokens=self.tokens,
            refresh_tokens=self.tokens,
            attempts=self.attempts,
            clock=self,
            ids=self,
            session_lifetime=timedelta(days=30),
        )

    async def sign_up(self, email: str = "ada@example.com", password: str = PASSWORD) -> SignedIn:
        return await self.accounts.sign_up(
            name=" Ada  Lovelace ", email=email, password=password, client_address=ADDRESS
        )

    async def sign_in(self, email: str = "ada@example.com", password: str = PASSWORD) -> SignedIn:
        return await self.accounts.sign_in(email=email, password=password, client_address=ADDRESS)


@pytest.fixture
def situation() -> Situation:
    return Situation()


async def test_signing_up_makes_a_user_who_is_signed_in(situation: Situation) -> None:
    signed_in = await situation.sign_up(email=" Ada@Example.COM ")
    assert signed_in.user.name == "Ada Lovelace"
    assert signed_in.user.email == "ada@example.com"
    [session] = situation.store.sessions.values()
    assert signed_in.access_token == f"access {signed_in.user.id} {session.id}"
    assert signed_in.access_seconds == 900
    assert signed_in.refresh_seconds == timedelta(days=30).total_seconds()
    assert list(situation.store.tokens) == [f"hash of {signed_in.refresh_token}"]


async def test_an_address_has_one_account_whatever_its_case(situation: Situation) -> None:
    await situation.sign_up()
    with pytest.raises(AlreadyExists) as taken:
        await situation.sign_up(email="ADA@example.com")
    assert taken.value.code is ErrorCode.ALREADY_EXISTS
    assert taken.value.field == ("email",)
    assert len(situation.store.sessions) == 1


async def test_finding_out_which_addresses_have_accounts_is_limited(situation: Situation) -> None:
    await situation.sign_up()
    for _ in range(3):
        with pytest.raises(AlreadyExists):
            await situation.sign_up()
    with pytest.raises(RateLimited):
        await situation.sign_up()


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody", PASSWORD),
        ("a b@example.com", PASSWORD),
        ("ada@example.com", "too short"),
        ("ada@example.com", "ü" * 37),
        ("ada@example.com", "with a \x00 in it"),
    ],
)
async def test_signing_up_keeps_the_rules_of_its_fields(
    situation: Situation, email: str, password: str
) -> None:
    with pytest.raises(InvalidInput):
        await situation.sign_up(email, password)
    assert situation.store == MemoryAccounts()
    assert situation.attempts.counts == {}


async def test_signing_in_opens_another_session(situation: Situation) -> None:
    first = await situation.sign_up()
    second = await situation.sign_in("ADA@example.com")
    assert second.user == first.user
    assert second.refresh_token != first.refresh_token
    assert len(situation.store.sessions) == 2


async def test_a_wrong_password_and_an_unknown_address_look_the_same(
    situation: Situation,
) -> None:
    await situation.sign_up()
    with pytest.raises(InvalidCredentials) as wrong:
        await situation.sign_in(password="wrong password")
    with pytest.raises(InvalidCredentials) as unknown:
        await situation.sign_in("bob@example.com")
    assert str(wrong.value) == str(unknown.value)
    # Both took the time of a hash.
    assert situation.passwords.verified == [f"hash of {PASSWORD}", None]


async def test_imported_people_have_no_password_that_fits(situation: Situation) -> None:
    signed_in = await situation.sign_up()
    situation.store.credentials["ada@example.com"] = Credentials(
        user=signed_in.user, password_hash=None
    )
    with pytest.raises(InvalidCredentials):
        await situation.sign_in()


async def test_too_many_failures_refuse_even_the_right_password(situation: Situation) -> None:
    await situation.sign_up()
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            await situation.sign_in(password="wrong password")
    with pytest.raises(RateLimited) as refusal:
        await situation.sign_in()
    assert refusal.value.retry_after_seconds == 60


async def test_signing_in_correctly_uses_no_attempts_up(situation: Situation) -> None:
    await situation.sign_up()
    for _ in range(10):
        await situation.sign_in()


async def test_a_refresh_token_is_exchanged_for_the_next(situation: Situation) -> None:
    first = await situation.sign_up()
    situation.after(timedelta(days=29))
    second = await situation.accounts.refresh(first.refresh_token)
    assert second.user == first.user
    situation.after(timedelta(days=29))
    third = await situation.accounts.refresh(second.refresh_token)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert len(situation.store.sessions) == 1


async def test_tabs_that_wake_together_each_get_a_token(situation: Situation) -> None:
    first = await situation.sign_up()
    tabs = [await situation.accounts.refresh(first.refresh_token) for _ in range(2)]
    situation.after(REUSE_GRACE)
    tabs.append(await situation.accounts.refresh(first.refresh_token))
    assert len({tab.refresh_token for tab in tabs}) == 3
    situation.after(timedelta(hours=1))
    for tab in tabs:
        await situation.accounts.refresh(tab.refresh_token)


async def test_the_grace_counts_from_the_first_use(situation: Situation) -> None:
    first = await situation.sign_up()
    for _ in range(2):
        await situation.accounts.refresh(first.refresh_token)
        situation.after(REUSE_GRACE * 0.6)
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh(first.refresh_token)


async def test_a_token_that_comes_back_ends_the_session_for_everybody(
    situation: Situation,
) -> None:
    first = await situation.sign_up()
    second = await situation.accounts.refresh(first.refresh_token)
    other = await situation.sign_in()
    situation.after(REUSE_GRACE + timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh(first.refresh_token)
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh(second.refresh_token)
    assert (await situation.accounts.refresh(other.refresh_token)).user == first.user


async def test_a_session_ends_when_it_was_not_used_for_its_lifetime(
    situation: Situation,
) -> None:
    first = await situation.sign_up()
    situation.after(timedelta(days=30))
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh(first.refresh_token)


async def test_an_unknown_token_refreshes_nothing(situation: Situation) -> None:
    await situation.sign_up()
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh("made up")


async def test_signing_out_ends_the_session_and_no_other(situation: Situation) -> None:
    first = await situation.sign_up()
    other = await situation.sign_in()
    second = await situation.accounts.refresh(first.refresh_token)
    await situation.accounts.sign_out(second.refresh_token)
    with pytest.raises(Unauthenticated):
        await situation.accounts.refresh(second.refresh_token)
    await situation.accounts.refresh(other.refresh_token)


async def test_signing_out_twice_or_with_an_unknown_token_is_no_error(
    situation: Situation,
) -> None:
    first = await situation.sign_up()
    await situation.accounts.sign_out(first.refresh_token)
    revoked = dict(situation.store.sessions)
    situation.after(timedelta(minutes=1))
    await situation.accounts.sign_out(first.refresh_token)
    await situation.accounts.sign_out("made up")
    assert situation.store.sessions == revoked
