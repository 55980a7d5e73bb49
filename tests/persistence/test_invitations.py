"""Invitations on Postgres: races, and what goes with what."""

import asyncio

import pytest
from sqlalchemy import delete, select

from domain.access import Role
from domain.commands.execution import Outcome
from domain.commands.invitations import (
    AcceptInvitation,
    InviteMember,
    accept_invitation,
    invite_member,
)
from domain.commands.members import RemoveMember, remove_member
from domain.entities import Invitation, Membership
from domain.errors import AlreadyExists
from domain.events import ProjectEventKind
from infra.invitation_tokens import HmacInvitationTokens
from persistence.database import Database
from persistence.tables import invitations, users
from persistence.unit_of_work import unit_of_work_factory
from tests.builders import PlainTokens, World, a_workspace

pytestmark = pytest.mark.stack


async def _invite(world: World, *, by: Role = Role.OWNER) -> Invitation:
    assert world.stranger.email is not None
    command = InviteMember(
        workspace_id=world.workspace.id, email=world.stranger.email, role=Role.MEMBER
    )
    return await world.do(invite_member, command, by=by)


async def _accept(world: World, invitation: Invitation) -> Outcome[Membership]:
    token = PlainTokens().token_of(invitation.id, invitation.created_at)
    return await world.bus.run(
        accept_invitation, AcceptInvitation(token=token), actor_id=world.stranger.id
    )


async def test_accepting_ten_times_at_once_is_accepting_once(world: World) -> None:
    invitation = await _invite(world)
    accepted = await asyncio.gather(*(_accept(world, invitation) for _ in range(10)))
    assert len({outcome.object_ids for outcome in accepted}) == 1
    kinds = await world.kinds()
    assert kinds.count(ProjectEventKind.MEMBER_ADDED) == 1


async def test_inviting_somebody_ten_times_at_once_leaves_one_invitation(world: World) -> None:
    await asyncio.gather(*(_invite(world) for _ in range(10)))
    async with world.transaction() as work:
        assert len(await work.invitations.of_workspace(world.workspace.id)) == 1


async def test_joining_and_leaving_at_once_leave_a_contiguous_log(world: World) -> None:
    invitation = await _invite(world)
    async with world.transaction() as work:
        members = await work.members(world.workspace.id)
    [viewer] = [member for member in members if member.user_id == world.actor(Role.VIEWER)]
    await asyncio.gather(
        _accept(world, invitation), world.run(remove_member, RemoveMember(membership_id=viewer.id))
    )
    events = await world.events()
    assert {event.kind for event in events} == {
        ProjectEventKind.MEMBER_ADDED,
        ProjectEventKind.MEMBER_REMOVED,
    }
    first = world.project.event_seq + 1
    assert [event.seq for event in events] == [first, first + 1]


async def test_the_instant_an_invitation_is_made_survives_the_database(world: World) -> None:
    made = await _invite(world)
    async with world.transaction() as work:
        kept = await work.invitations.find(made.id)
    assert kept == made
    tokens = HmacInvitationTokens(secret_key="s" * 32)
    assert kept is not None
    assert tokens.token_of(kept.id, kept.created_at) == tokens.token_of(made.id, made.created_at)


async def test_an_invitation_outlives_the_account_of_who_made_it(
    database: Database, world: World
) -> None:
    made = await _invite(world, by=Role.ADMIN)
    async with database.transaction() as connection:
        await connection.execute(delete(users).where(users.c.id == world.actor(Role.ADMIN)))
    [(inviter_id,)] = await database.fetch(
        select(invitations.c.inviter_id).where(invitations.c.id == made.id)
    )
    assert inviter_id is None


async def test_there_is_one_invitation_for_an_address(database: Database, world: World) -> None:
    made = await _invite(world)
    async with unit_of_work_factory(database)() as work:
        assert await work.invitations.lock_workspace(a_workspace().id) is None
        with pytest.raises(AlreadyExists):
            await work.invitations.add(made)
