"""Invitations through the graph: what is told to whom, and retries."""

from datetime import timedelta
from typing import Any

import pytest

from domain.access import Role
from tests.builders import MONDAY, World, new_id
from tests.graph.boards import FullBoard, add_invitation, token_of
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor
from tests.graph.mutation_inputs import Given

PREVIEW = """query($token: String!) { invitation(token: $token) {
  workspaceName workspaceSlug inviterName email role status isViewerMember } }"""
WAITING = "query($slug: String!) { workspace(slug: $slug) { invitations { email role } } }"
JOINED = "membership { role user { id } workspace { slug viewerRole } }"


def _given(world: World, **said: str) -> Given:
    return {
        "workspaceId": str(world.workspace.id),
        "email": world.stranger.email,
        "role": "MEMBER",
        **said,
    }


async def _invite(client: GraphClient, world: World, **said: str) -> Any:  # noqa: ANN401 - JSON
    return await client.run("memberInvite", _given(world, **said), "token invitation { id role }")


async def test_whoever_was_invited_sees_the_workspace_from_then_on(
    owner: GraphClient, stranger: GraphClient, world: World
) -> None:
    token = (await _invite(owner, world))["token"]
    payload = await stranger.run("inviteAccept", {"token": token}, JOINED)
    assert payload["membership"] == {
        "role": "MEMBER",
        "user": {"id": str(world.stranger.id)},
        "workspace": {"slug": world.workspace.slug, "viewerRole": "MEMBER"},
    }
    seen = await stranger.data("{ workspaces { slug } }")
    assert seen == {"workspaces": [{"slug": world.workspace.slug}]}


@pytest.mark.parametrize("who", ["nobody", "stranger"])
async def test_the_token_tells_what_it_is_for_before_anybody_signs_in(
    client_for: ClientFor, world: World, owner: GraphClient, who: str
) -> None:
    token = (await _invite(owner, world))["token"]
    client = client_for({"nobody": None, "stranger": world.stranger.id}[who])
    assert await client.data(PREVIEW, token=token) == {
        "invitation": {
            "workspaceName": world.workspace.name,
            "workspaceSlug": world.workspace.slug,
            "inviterName": world.user_by_role[Role.OWNER].name,
            "email": world.stranger.email,
            "role": "MEMBER",
            "status": "EXPIRED",
            "isViewerMember": False,
        }
    }


@pytest.mark.parametrize(
    ("days", "status"), [(36_500, "OPEN"), (1, "EXPIRED")], ids=["open", "expired"]
)
async def test_the_token_tells_whether_it_is_still_good(
    nobody: GraphClient, world: World, days: int, status: str
) -> None:
    expires_at = MONDAY + timedelta(days=days)
    invitation = await add_invitation(world, world.stranger, expires_at=expires_at)
    seen = await nobody.data(PREVIEW, token=token_of(invitation))
    assert seen["invitation"]["status"] == status


async def test_the_token_tells_that_it_was_used_and_that_one_belongs_there(
    stranger: GraphClient, world: World
) -> None:
    token = token_of(await add_invitation(world, world.stranger))
    await stranger.run("inviteAccept", {"token": token})
    seen = await stranger.data(PREVIEW, token=token)
    assert (seen["invitation"]["status"], seen["invitation"]["isViewerMember"]) == (
        "ACCEPTED",
        True,
    )


@pytest.mark.parametrize("token", ["", "x" * 64, f"{new_id()}.{MONDAY.isoformat()}"])
async def test_a_token_of_nothing_tells_nothing(nobody: GraphClient, token: str) -> None:
    assert await nobody.data(PREVIEW, token=token) == {"invitation": None}


async def test_the_id_of_an_invitation_tells_nothing(nobody: GraphClient, board: FullBoard) -> None:
    token = f"{board.invitation.id}.{MONDAY.isoformat()}"
    assert await nobody.data(PREVIEW, token=token) == {"invitation": None}


@pytest.mark.parametrize(
    ("role", "count"), [(Role.OWNER, 1), (Role.ADMIN, 1), (Role.MEMBER, 0), (Role.VIEWER, 0)]
)
async def test_who_is_invited_is_told_to_those_who_may_invite(
    client_for: ClientFor, owner: GraphClient, world: World, role: Role, count: int
) -> None:
    await _invite(owner, world)
    seen = await client_for(role).data(WAITING, slug=world.workspace.slug)
    expected = [{"email": world.stranger.email, "role": "MEMBER"}]
    assert seen["workspace"]["invitations"] == expected[:count]


async def test_who_has_joined_is_no_longer_on_the_list(
    owner: GraphClient, stranger: GraphClient, world: World
) -> None:
    await stranger.run("inviteAccept", {"token": (await _invite(owner, world))["token"]})
    seen = await owner.data(WAITING, slug=world.workspace.slug)
    assert seen["workspace"]["invitations"] == []


async def test_a_retry_with_its_key_gets_the_same_token(owner: GraphClient, world: World) -> None:
    first = await _invite(owner, world, idempotencyKey="k")
    assert first["token"]
    assert await _invite(owner, world, idempotencyKey="k") == first


async def test_an_error_has_no_token(owner: GraphClient, world: World) -> None:
    payload = await _invite(owner, world, email="nobody")
    assert (payload["token"], payload["invitation"]) == (None, None)
    assert [error["field"] for error in payload["errors"]] == [["email"]]


async def test_an_admin_invites_no_owner(client_for: ClientFor, world: World) -> None:
    error = await client_for(Role.ADMIN).refusal(
        "mutation($i: MemberInviteInput!) { memberInvite(input: $i) { token } }",
        i=_given(world, role="OWNER"),
    )
    assert error["extensions"] == {"code": "FORBIDDEN"}


@pytest.mark.parametrize(
    ("email", "days", "code"),
    [("other@example.test", 36_500, "WRONG_ACCOUNT"), (None, 1, "EXPIRED")],
    ids=["another account", "expired"],
)
async def test_why_a_token_lets_nobody_in_is_told(
    stranger: GraphClient, world: World, email: str | None, days: int, code: str
) -> None:
    expires_at = MONDAY + timedelta(days=days)
    world.clock.advance(timedelta(days=2).total_seconds())
    invitation = await add_invitation(world, world.stranger, email=email, expires_at=expires_at)
    payload = await stranger.run("inviteAccept", {"token": token_of(invitation)}, JOINED)
    assert payload["membership"] is None
    assert [(e["code"], e["field"]) for e in payload["errors"]] == [(code, ["token"])]
