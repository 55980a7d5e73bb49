"""Password hashing, access tokens and refresh tokens."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self, TypeVar
from uuid import UUID

import bcrypt
import jwt

from domain.accounts import AccessClaims
from domain.errors import Unauthenticated, Unavailable
from domain.identifiers import SessionId, UserId
from domain.ports import Clock

A = TypeVar("A")
R = TypeVar("R")

# About a quarter of a second of one core.
_BCRYPT_ROUNDS: Final = 12
# bcrypt reads no further, and its library refuses more.
_BCRYPT_BYTES: Final = 72
# Hashing lets go of the interpreter lock; more threads would take the cores from requests.
_HASHING_THREADS: Final = 2
# Some eight seconds of work: who comes later had better try again.
_WAITING_MAX: Final = 64
_HASHING_TIMEOUT_SECONDS: Final = 15.0

_ALGORITHM: Final = "HS256"
_ISSUER: Final = "taskwire"
_AUDIENCE: Final = "taskwire-api"
_ACCESS_TYPE: Final = "access"
_REFRESH_TOKEN_BYTES: Final = 32
# Half a kilobyte each; whoever is pushed out is only decoded again.
_REMEMBERED_TOKENS_MAX: Final = 10_000


class BcryptHasher:
    """`domain.accounts.PasswordHasher` in a few threads, with a bounded line before them."""

    def __init__(self, *, rounds: int = _BCRYPT_ROUNDS) -> None:
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(_HASHING_THREADS, thread_name_prefix="bcrypt")
        self._waiting = 0
        # Of no password: its last part is no digest, yet costs as much to compare with.
        self._nobody = bcrypt.gensalt(rounds) + b"." * 31

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The bcrypt hash of a password of at most 72 bytes."""
        return (await self._in_thread(self._hash, _encoded(password))).decode()

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one; False for None, after the same time."""
        encoded = _encoded(password)
        is_possible = password_hash is not None and len(encoded) <= _BCRYPT_BYTES
        expected = password_hash.encode() if password_hash and is_possible else self._nobody
        is_same = await self._in_thread(_matches, (encoded[:_BCRYPT_BYTES], expected))
        return is_same and is_possible

    def _hash(self, password: bytes) -> bytes:
        return bcrypt.hashpw(password, bcrypt.gensalt(self._rounds))

    async def _in_thread(self, work: Callable[[A], R], argument: A) -> R:
        if self._waiting >= _WAITING_MAX:
            raise Unavailable("Too many people are signing in. Try again in a moment.")
        self._waiting += 1
        try:
            async with asyncio.timeout(_HASHING_TIMEOUT_SECONDS):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, work, argument)
        except TimeoutError as error:
            raise Unavailable("Signing in takes too long. Try again in a moment.") from error
        finally:
            self._waiting -= 1


class JwtAccessTokens:
    """`domain.accounts.AccessTokens` as JSON Web Tokens, signed with HMAC-SHA-256."""

    def __init__(self, *, secret_key: str, seconds: int, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock
        # A key for this use alone, so that no other signature can pass for a token.
        self._key = hmac.digest(secret_key.encode(), b"taskwire access token", hashlib.sha256)
        # A client sends its token with every request; decoding one takes 0.1 ms.
        self._claims_by_token: dict[str, AccessClaims] = {}

    def issue(self, user_id: UserId, session_id: SessionId) -> str:
        """A token good for `seconds` from now."""
        now = self._clock.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "typ": _ACCESS_TYPE,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + timedelta(seconds=self.seconds),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def verify(self, token: str) -> AccessClaims:
        """What the token says; raise Unauthenticated unless it is ours and still good."""
        known = self._claims_by_token.get(token)
        claims = known or self._decode(token)
        if claims.expires_at <= self._clock.now():
            self._claims_by_token.pop(token, None)
            raise Unauthenticated("The access token has expired.")
        if known is None:
            self._remember(token, claims)
        return claims

    def _remember(self, token: str, claims: AccessClaims) -> None:
        if len(self._claims_by_token) >= _REMEMBERED_TOKENS_MAX:
            del self._claims_by_token[next(iter(self._claims_by_token))]
        self._claims_by_token[token] = claims

    def _decode(self, token: str) -> AccessClaims:
        """What the token says, whether or not it has expired."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                # Pinned: the token's own header must not choose how it is checked.
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={
                    "require": ["iss", "aud", "typ", "sub", "sid", "iat", "exp"],
                    # By our own clock, below.
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            if claims["typ"] != _ACCESS_TYPE:
                raise Unauthenticated("This is no access token.")
            return AccessClaims(
                user_id=UserId(UUID(claims["sub"])),
                session_id=SessionId(UUID(claims["sid"])),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise Unauthenticated("The access token is not valid.") from error


class OpaqueRefreshTokens:
    """`domain.accounts.RefreshTokens`: 256 random bits, kept as their SHA-256."""

    def new_token(self) -> str:
        """A new random token."""
        return secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)

    def hash(self, token: str) -> str:
        """What to keep of a token; with 256 random bits a fast hash is enough."""
        return hashlib.sha256(_encoded(token)).hexdigest()


def _encoded(text: str) -> bytes:
    # JSON may carry half of a surrogate pair, which plain UTF-8 refuses.
    return text.encode("utf-8", "surrogatepass")


def _matches(pair: tuple[bytes, bytes]) -> bool:
    password, password_hash = pair
    return bcrypt.checkpw(password, password_hash)
