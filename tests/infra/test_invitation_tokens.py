"""Tokens of invitations."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from infra.invitation_tokens import HmacInvitationTokens

AT = datetime(2026, 3, 4, 5, 6, 7, 123_456, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")


@pytest.fixture
def tokens() -> HmacInvitationTokens:
    return HmacInvitationTokens(secret_key="k" * 32)


def test_a_token_says_which_invitation_it_is_of(tokens: HmacInvitationTokens) -> None:
    assert tokens.find_id(tokens.token_of(ID, AT)) == ID


def test_a_token_can_be_made_again(tokens: HmacInvitationTokens) -> None:
    assert tokens.token_of(ID, AT) == tokens.token_of(ID, AT)


def test_tokens_of_other_invitations_secrets_and_instants_differ(
    tokens: HmacInvitationTokens,
) -> None:
    made = {
        tokens.token_of(ID, AT),
        tokens.token_of(uuid4(), AT),
        tokens.token_of(ID, AT + timedelta(microseconds=1)),
        HmacInvitationTokens(secret_key="l" * 32).token_of(ID, AT),
    }
    assert len(made) == 4


def test_a_token_fits_into_an_address(tokens: HmacInvitationTokens) -> None:
    token = tokens.token_of(ID, AT)
    assert len(token) == 64
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_hash_does_not_show_the_token(tokens: HmacInvitationTokens) -> None:
    token = tokens.token_of(ID, AT)
    assert len(tokens.hash(token)) == 64
    assert tokens.hash(token) not in token


@pytest.mark.parametrize("token", ["", "x" * 63, "x" * 65, "ü" * 64, "*" * 64, "=" * 64])
def test_what_cannot_be_a_token_is_of_no_invitation(
    tokens: HmacInvitationTokens, token: str
) -> None:
    assert tokens.find_id(token) is None
