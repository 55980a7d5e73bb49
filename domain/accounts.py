"""Signing up, in and out: sessions, and the rotating refresh tokens that keep them open."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain import field_rules
from domain.entities import User
from domain.errors import AccessError, AlreadyExists, Unauthenticated
from domain.identifiers import SessionId, UserId
from domain.ports import Clock, IdGenerator

# Tabs that wake together all present the same token; only the first finds it unused.
REUSE_GRACE: Final = timedelta(seconds=10)


class InvalidCredentials(AccessError):
    """No account has this e-mail address with this password; which of them is wrong is not told."""

    code = "INVALID_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class RateLimited(AccessError):
    """Too many attempts; the next one counts after `retry_after_seconds`."""

    code = "RATE_LIMITED"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {retry_after_seconds} seconds.")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and what a password is checked against; None for people who can't sign in."""

    user: User
    password_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in on one device, open until it expires unused or is revoked."""

    id: SessionId
    user_id: UserId
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether tokens of the session are still good."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token as kept: its hash, never itself."""

    token_hash: str
    session_id: SessionId
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedToken:
    """What a refresh token belongs to. Its session is locked until the transaction ends."""

    token: RefreshToken
    session: Session
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What a verified access token says."""

    user_id: UserId
    session_id: SessionId
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A user with fresh tokens for the session."""

    user: User
    access_token: str
    access_seconds: int
    refresh_token: str
    refresh_seconds: int


class AccountTransaction(Protocol):
    """Reads and writes of accounts that become visible together."""

    async def find_credentials(self, email: str) -> Credentials | None:
        """The account with that address, or None if there is none."""
        ...

    async def add_user(self, user: User, *, password_hash: str) -> None:
        """Keep a new user; raise AlreadyExists when the address is taken."""
        ...

    async def add_session(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def save_session(self, session: Session) -> None:
        """Write when the session expires and whether it is revoked."""
        ...

    async def add_refresh_token(self, token: RefreshToken) -> None:
        """Keep a new token."""
        ...

    async def find_refresh_token(self, token_hash: str) -> PresentedToken | None:
        """The token, with its session locked; None if there is none with that hash."""
        ...

    async def mark_used(self, token_hash: str, at: datetime) -> None:
        """Note when the token was exchanged."""
        ...


class AccountStore(Protocol):
    """Where accounts are kept."""

    def transaction(self) -> AbstractAsyncContextManager[AccountTransaction]:
        """A transaction that commits unless the block raises."""
        ...


class PasswordHasher(Protocol):
    """A slow hash that does not hold up the event loop. Raises Unavailable when swamped."""

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one; False for None, after the same time."""
        ...


class AccessTokens(Protocol):
    """Short-lived signed tokens that are verified without asking the store."""

    seconds: int

    def issue(self, user_id: UserId, session_id: SessionId) -> str:
        """A token good for `seconds` from now."""
        ...

    def verify(self, token: str) -> AccessClaims:
        """What the token says; raise Unauthenticated unless it is ours and still good."""
        ...


class RefreshTokens(Protocol):
    """Opaque tokens nobody can guess."""

    def new_token(self) -> str:
        """A new random token."""
        ...

    def hash(self, token: str) -> str:
        """What to keep of a token."""
        ...


class AttemptLimiter(Protocol):
    """Counts attempts that failed, by e-mail address and by client address."""

    async def admit(self, *, email: str, client_address: str) -> None:
        """Count an attempt before it is made; raise RateLimited when there were too many."""
        ...

    async def forgive(self, *, email: str, client_address: str) -> None:
        """Take back the count of an attempt that succeeded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The use cases of signing up, in and out."""

    store: AccountStore
    passwords: PasswordHasher
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    attempts: AttemptLimiter
    clock: Clock
    ids: IdGenerator
    session_lifetime: timedelta

    async def sign_up(
        self, *, name: str, email: str, password: str, client_address: str
    ) -> SignedIn:
        """A new user, signed in; raise AlreadyExists when the address is taken."""
        name = field_rules.line(name, field="name")
        email = field_rules.email(email)
        password = field_rules.password(password)
        # Signing up tells whether an address is taken, so guesses count as they do at login.
        await self.attempts.admit(email=email, client_address=client_address)
        now = self.clock.now()
        user = User(
            id=UserId(self.ids.new_id()), name=name, email=email, created_at=now, updated_at=now
        )
        password_hash = await self.passwords.hash(password)
        try:
            async with self.store.transaction() as transaction:
                await transaction.add_user(user, password_hash=password_hash)
                signed_in = await self._open_session(transaction, user, now)
        except AlreadyExists as error:
            raise AlreadyExists(
                "There is an account with this e-mail address.", field=("email",)
            ) from error
        await self.attempts.forgive(email=email, client_address=client_address)
        return signed_in

    async def sign_in(self, *, email: str, password: str, client_address: str) -> SignedIn:
        """The user in a new session; raise InvalidCredentials, the same way for every cause."""
        email = field_rules.email(email)
        await self.attempts.admit(email=email, client_address=client_address)
        async with self.store.transaction() as transaction:
            credentials = await transaction.find_credentials(email)
        # Outside the transaction: hashing takes long, and a connection is dear.
        password_hash = None if credentials is None else credentials.password_hash
        is_right = await self.passwords.verify(password, password_hash)
        if credentials is None or not is_right:
            raise InvalidCredentials
        async with self.store.transaction() as transaction:
            signed_in = await self._open_session(transaction, credentials.user, self.clock.now())
        await self.attempts.forgive(email=email, client_address=client_address)
        return signed_in

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Fresh tokens in exchange for this one, which is used up; raise Unauthenticated.

        A token that comes back after its exchange has been copied: the whole
        session is revoked, for the thief and the owner alike.
        """
        now = self.clock.now()
        async with self.store.transaction() as transaction:
            presented = await transaction.find_refresh_token(
                self.refresh_tokens.hash(refresh_token)
            )
            if presented is None or not presented.session.is_open(now):
                signed_in = None
            elif _is_stolen(presented.token, now):
                await transaction.save_session(replace(presented.session, revoked_at=now))
                signed_in = None
            else:
                if presented.token.used_at is None:
                    await transaction.mark_used(presented.token.token_hash, now)
                session = replace(presented.session, expires_at=now + self.session_lifetime)
                await transaction.save_session(session)
                signed_in = await self._issue(transaction, presented.user, session, now)
        # Raised after the block, so that a revocation is committed.
        if signed_in is None:
            raise Unauthenticated("The session has ended. Sign in again.")
        return signed_in

    async def sign_out(self, refresh_token: str) -> None:
        """Revoke the token's session; a token nobody knows has none."""
        async with self.store.transaction() as transaction:
            presented = await transaction.find_refresh_token(
                self.refresh_tokens.hash(refresh_token)
            )
            if presented is not None and presented.session.revoked_at is None:
                await transaction.save_session(
                    replace(presented.session, revoked_at=self.clock.now())
                )

    async def _open_session(
        self, transaction: AccountTransaction, user: User, now: datetime
    ) -> SignedIn:
        session = Session(
            id=SessionId(self.ids.new_id()),
            user_id=user.id,
            created_at=now,
            expires_at=now + self.session_lifetime,
        )
        await transaction.add_session(session)
        return await self._issue(transaction, user, session, now)

    async def _issue(
        self, transaction: AccountTransaction, user: User, session: Session, now: datetime
    ) -> SignedIn:
        refresh_token = self.refresh_tokens.new_token()
        await transaction.add_refresh_token(
            RefreshToken(
                token_hash=self.refresh_tokens.hash(refresh_token),
                session_id=session.id,
                created_at=now,
            )
        )
        return SignedIn(
            user=user,
            access_token=self.access_tokens.issue(user.id, session.id),
            access_seconds=self.access_tokens.seconds,
            refresh_token=refresh_token,
            refresh_seconds=int((session.expires_at - now).total_seconds()),
        )


def _is_stolen(token: RefreshToken, now: datetime) -> bool:
    return token.used_at is not None and now - token.used_at > REUSE_GRACE
