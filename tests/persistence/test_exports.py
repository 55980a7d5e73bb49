import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final
from uuid import uuid4

from domain.access import Role
from domain.commands.invitations import InviteMember, invite_member
from domain.identifiers import UserId, WorkspaceId
from persistence.database import Database
from persistence.exports import USER_SECTIONS, WORKSPACE_SECTIONS, Exports
from persistence.tables import metadata
from tests.builders import World

# Left out of a workspace's export on purpose: secrets, and what a machine keeps for itself.
NOT_EXPORTED: Final = {"sessions", "refresh_tokens", "outbox", "leases", "idempotency_keys"}

Document = dict[str, list[dict[str, Any]]]


async def read(pieces: AsyncGenerator[str, None]) -> Document:
    async with aclosing(pieces) as open_pieces:
        document: Document = json.loads("".join([piece async for piece in open_pieces]))
    return document


def test_every_table_is_exported_or_left_out_on_purpose() -> None:
    assert set(metadata.tables) - set(WORKSPACE_SECTIONS) == NOT_EXPORTED


async def test_a_workspace_is_exported_whole(database: Database, world: World) -> None:
    document = await read(Exports(database=database).workspace(world.workspace.id))

    assert list(document) == list(WORKSPACE_SECTIONS)
    assert [row["id"] for row in document["workspaces"]] == [str(world.workspace.id)]
    assert {row["key"] for row in document["projects"]} == {world.project.key}
    assert document["board_columns"]
    assert {row["workspace_id"] for row in document["memberships"]} == {str(world.workspace.id)}
    assert {row["id"] for row in document["users"]} == {
        row["user_id"] for row in document["memberships"]
    }


async def test_no_password_leaves(database: Database, world: World) -> None:
    exports = Exports(database=database)
    workspace = await read(exports.workspace(world.workspace.id))
    person = await read(exports.user(UserId(world.user_by_role[Role.OWNER].id)))

    for document in (workspace, person):
        assert all("password_hash" not in row for row in document["users"])


async def test_no_token_of_an_invitation_leaves(database: Database, world: World) -> None:
    invite = InviteMember(
        workspace_id=world.workspace.id, email=world.stranger.email or "", role=Role.MEMBER
    )
    made = await world.do(invite_member, invite)
    exports = Exports(database=database)
    documents = [
        await read(exports.workspace(world.workspace.id)),
        await read(exports.user(world.actor(Role.OWNER))),
        await read(exports.user(world.stranger.id)),
    ]
    for document in documents:
        [row] = document["invitations"]
        assert row["id"] == str(made.id)
        assert "token_hash" not in row


async def test_another_workspace_is_not_part_of_it(database: Database) -> None:
    document = await read(Exports(database=database).workspace(WorkspaceId(uuid4())))

    assert document == {section: [] for section in WORKSPACE_SECTIONS}


async def test_a_person_gets_what_is_theirs(database: Database, world: World) -> None:
    owner_id = world.user_by_role[Role.OWNER].id
    document = await read(Exports(database=database).user(UserId(owner_id)))

    assert list(document) == list(USER_SECTIONS)
    assert [row["id"] for row in document["users"]] == [str(owner_id)]
    assert {row["user_id"] for row in document["memberships"]} == {str(owner_id)}
