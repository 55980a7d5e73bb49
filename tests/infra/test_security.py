"""Passwords, access tokens and refresh tokens."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from domain.errors import Unauthenticated, Unavailable
from domain.identifiers import SessionId, UserId
from infra.clock import OpenTelemetryTraceContext, SystemClock, Uuid7Generator
from infra.security import BcryptHasher, JwtAccessTokens, OpaqueRefreshTokens

USER, SESSION = UserId(UUID(int=1)), SessionId(UUID(int=2))
SECRET = "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E"


@dataclass(slots=True)
class HandClock:
    instant: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def tokens(clock: HandClock) -> JwtAccessTokens:
    return JwtAccessTokens(secret_key=SECRET, seconds=900, clock=clock)


@pytest.fixture
def hasher() -> Iterator[BcryptHasher]:
    with BcryptHasher(rounds=4) as made:
        yield made


async def test_a_password_fits_its_own_hash_alone(hasher: BcryptHasher) -> None:
    hashed = await hasher.hash("correct horse")
    assert hashed.startswith("$2b$04$")
    assert await hasher.verify("correct horse", hashed)
    assert not await hasher.verify("correct horsf", hashed)
    assert not await hasher.verify("correct horse", None)


@pytest.mark.parametrize("password", ["", "x" * 73, "ü" * 5_000, "\ud800", "a\x00b"])
async def test_a_password_that_can_not_be_right_is_wrong_and_no_error(
    hasher: BcryptHasher, password: str
) -> None:
    hashed = await hasher.hash("x" * 72)
    assert not await hasher.verify(password, hashed)
    assert not await hasher.verify(password, None)


async def test_hashes_of_one_password_differ(hasher: BcryptHasher) -> None:
    assert await hasher.hash("correct horse") != await hasher.hash("correct horse")


async def test_a_flood_of_passwords_is_refused_and_then_forgotten(hasher: BcryptHasher) -> None:
    outcomes = await asyncio.gather(
        *(hasher.verify("correct horse", None) for _ in range(100)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {bool, Unavailable}
    assert not await hasher.verify("correct horse", None)


def test_a_token_says_who_until_when(tokens: JwtAccessTokens, clock: HandClock) -> None:
    claims = tokens.verify(tokens.issue(USER, SESSION))
    assert (claims.user_id, claims.session_id) == (USER, SESSION)
    assert claims.expires_at == clock.instant + timedelta(seconds=900)


def test_a_token_is_good_up_to_its_last_second(tokens: JwtAccessTokens, clock: HandClock) -> None:
    token = tokens.issue(USER, SESSION)
    clock.instant += timedelta(seconds=899)
    tokens.verify(token)
    clock.instant += timedelta(seconds=1)
    with pytest.raises(Unauthenticated):
        tokens.verify(token)


def test_more_tokens_than_are_remembered_are_all_good(
    tokens: JwtAccessTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.security._REMEMBERED_TOKENS_MAX", 2)
    sessions = [SessionId(UUID(int=number)) for number in range(5)]
    issued = [tokens.issue(USER, session) for session in sessions]
    for _ in range(2):
        assert [tokens.verify(token).session_id for token in issued] == sessions
    assert len(tokens._claims_by_token) == 2


def test_a_token_that_was_good_a_moment_ago_is_refused_when_changed(
    tokens: JwtAccessTokens,
) -> None:
    token = tokens.issue(USER, SESSION)
    tokens.verify(token)
    with pytest.raises(Unauthenticated):
        tokens.verify(token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))


def test_a_token_of_another_key_is_refused(tokens: JwtAccessTokens, clock: HandClock) -> None:
    other = JwtAccessTokens(secret_key=SECRET + "x", seconds=900, clock=clock)
    with pytest.raises(Unauthenticated):
        tokens.verify(other.issue(USER, SESSION))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"typ": "refresh"},
        {"sub": "nobody"},
        {"sub": 1},
        {"sid": None},
        {"exp": "soon"},
        {"exp": 10**30},
        *({name: ...} for name in ("iss", "aud", "typ", "sub", "sid", "iat", "exp")),
    ],
)
def test_every_claim_is_required_and_checked(
    tokens: JwtAccessTokens, changed: dict[str, object]
) -> None:
    claims = jwt.decode(tokens.issue(USER, SESSION), options={"verify_signature": False})
    kept = {name: value for name, value in (claims | changed).items() if value is not ...}
    forged = jwt.encode(kept, tokens._key, algorithm="HS256")
    with pytest.raises(Unauthenticated):
        tokens.verify(forged)


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_the_token_does_not_choose_its_algorithm(tokens: JwtAccessTokens, algorithm: str) -> None:
    claims = jwt.decode(tokens.issue(USER, SESSION), options={"verify_signature": False})
    key = tokens._key * 2 if algorithm != "none" else ""
    with pytest.raises(Unauthenticated):
        tokens.verify(jwt.encode(claims, key, algorithm=algorithm))


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "ü.ü.ü", "\ud800", "e30.e30.", "tw_abc"])
def test_what_is_no_token_is_refused(tokens: JwtAccessTokens, token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(token)


def test_refresh_tokens_are_long_random_and_kept_as_a_hash() -> None:
    refresh = OpaqueRefreshTokens()
    token = refresh.new_token()
    assert len(token) == 43
    assert token != refresh.new_token()
    assert len(refresh.hash(token)) == 64
    assert refresh.hash(token) == refresh.hash(token)
    assert refresh.hash("\ud800") != refresh.hash(token)


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [Uuid7Generator().new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert {identifier.version for identifier in made} == {7}


def test_the_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_outside_any_trace_there_is_no_trace_parent() -> None:
    assert OpenTelemetryTraceContext().current_trace_parent() is None
