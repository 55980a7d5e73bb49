"""Invitations: who may invite whom, and what a token is good for."""

from datetime import timedelta

import pytest

from domain.access import Role
from domain.commands.execution import CommandBus
from domain.commands.invitations import (
    HOURLY_MAX,
    LIFETIME,
    WAITING_MAX,
    AcceptInvitation,
    InviteMember,
    RevokeInvitation,
    accept_invitation,
    invite_member,
    revoke_invitation,
)
from domain.commands.members import RemoveMember, UpdateMember, remove_member, update_member
from domain.commands.projects import CreateProject, create_project
from domain.entities import Invitation, Membership
from domain.errors import (
    AlreadyExists,
    AlreadyUsed,
    Expired,
    Forbidden,
    InvalidInput,
    LimitExceeded,
    NotFound,
    WrongAccount,
)
from domain.events import FieldChange, ProjectEventKind
from domain.identifiers import UserId
from tests.builders import FixedTrace, PlainTokens, World, new_id

ROLES_BY_INVITER = {
    Role.OWNER: (Role.OWNER, Role.ADMIN, Role.MEMBER, Role.VIEWER),
    Role.ADMIN: (Role.ADMIN, Role.MEMBER, Role.VIEWER),
    Role.MEMBER: (),
    Role.VIEWER: (),
}


def _address(world: World) -> str:
    assert world.stranger.email is not None
    return world.stranger.email


async def _invite(
    world: World,
    email: str | None = None,
    *,
    role: Role = Role.MEMBER,
    by: Role | UserId = Role.OWNER,
) -> Invitation:
    command = InviteMember(
        workspace_id=world.workspace.id, email=email or _address(world), role=role
    )
    return await world.do(invite_member, command, by=by)


def _token(invitation: Invitation) -> str:
    return PlainTokens().token_of(invitation.id, invitation.created_at)


async def _accept(
    world: World, invitation: Invitation, *, by: UserId | Role | None = None
) -> Membership:
    command = AcceptInvitation(token=_token(invitation))
    return await world.do(accept_invitation, command, by=by or world.stranger.id)


async def _member(world: World, role: Role) -> Membership:
    async with world.transaction() as work:
        members = await work.members(world.workspace.id)
    return next(m for m in members if m.user_id == world.actor(role))


async def _kept(world: World) -> list[Invitation]:
    async with world.transaction() as work:
        return list(await work.invitations.of_workspace(world.workspace.id))


@pytest.mark.parametrize(
    ("by", "role"), [(by, role) for by, roles in ROLES_BY_INVITER.items() for role in roles]
)
async def test_whoever_is_invited_joins_with_the_role_they_were_given(
    world: World, by: Role, role: Role
) -> None:
    membership = await _accept(world, await _invite(world, role=role, by=by))
    assert (membership.user_id, membership.role) == (world.stranger.id, role)
    async with world.transaction() as work:
        assert await work.is_member(world.workspace.id, world.stranger.id)


@pytest.mark.parametrize(
    ("by", "role"),
    [(by, role) for by, roles in ROLES_BY_INVITER.items() for role in Role if role not in roles],
)
async def test_nobody_invites_above_their_own_role(world: World, by: Role, role: Role) -> None:
    with pytest.raises(Forbidden):
        await _invite(world, role=role, by=by)
    assert await _kept(world) == []


async def test_joining_is_told_in_every_project_and_inviting_in_none(world: World) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    before = await world.seq()
    invitation = await _invite(world)
    assert await world.seq() == before
    membership = await _accept(world, invitation)
    for project_id in (world.project.id, other.id):
        event = (await world.read_events(project_id))[-1]
        assert (event.kind, event.subject_id) == (ProjectEventKind.MEMBER_ADDED, membership.id)
        assert event.actor_id == world.stranger.id
        assert event.changes == (
            FieldChange(field="userId", before=None, after=str(world.stranger.id)),
            FieldChange(field="role", before=None, after="MEMBER"),
        )


async def test_the_token_is_not_kept(world: World) -> None:
    invitation = await _invite(world)
    assert _token(invitation) not in [invitation.token_hash, invitation.email]
    assert invitation.token_hash == PlainTokens().hash(_token(invitation))


async def test_a_token_lets_one_person_in_once(world: World) -> None:
    invitation = await _invite(world)
    membership = await _accept(world, invitation)
    await world.run(remove_member, RemoveMember(membership_id=membership.id))
    with pytest.raises(AlreadyUsed):
        await _accept(world, invitation)


async def test_accepting_again_is_accepting_once(world: World) -> None:
    invitation = await _invite(world)
    first = await _accept(world, invitation)
    before = await world.seq()
    assert await _accept(world, invitation) == first
    assert await world.seq() == before


async def test_an_invitation_ends_with_its_time(world: World) -> None:
    invitation = await _invite(world)
    world.clock.advance(LIFETIME.total_seconds() - 1)
    with pytest.raises(Expired):
        await _accept(world, invitation)
    async with world.transaction() as work:
        assert not await work.is_member(world.workspace.id, world.stranger.id)


async def test_an_invitation_is_good_until_its_time(world: World) -> None:
    invitation = await _invite(world)
    world.clock.advance(LIFETIME.total_seconds() - 2)
    assert (await _accept(world, invitation)).role is Role.MEMBER


async def test_an_invitation_is_for_the_account_with_its_address(world: World) -> None:
    invitation = await _invite(world, "somebody@example.test")
    with pytest.raises(WrongAccount, match=r"for somebody@example\.test") as refused:
        await _accept(world, invitation)
    assert refused.value.field == ("token",)


@pytest.mark.parametrize("token", ["", "x", "ü" * 64, f"{new_id()}.2026-01-05T09:00:01+00:00"])
async def test_a_token_of_nothing_opens_nothing(world: World, token: str) -> None:
    with pytest.raises(NotFound, match="no such invitation"):
        await world.do(accept_invitation, AcceptInvitation(token=token), by=world.stranger.id)


async def test_the_id_alone_opens_nothing(world: World) -> None:
    invitation = await _invite(world)
    guess = PlainTokens().token_of(invitation.id, invitation.created_at + timedelta(seconds=1))
    with pytest.raises(NotFound, match="no such invitation"):
        await world.do(accept_invitation, AcceptInvitation(token=guess), by=world.stranger.id)


async def test_a_new_invitation_replaces_the_one_before(world: World) -> None:
    first = await _invite(world, role=Role.VIEWER)
    second = await _invite(world, _address(world).upper())
    assert [kept.id for kept in await _kept(world)] == [second.id]
    with pytest.raises(NotFound):
        await _accept(world, first)
    assert (await _accept(world, second)).role is Role.MEMBER


async def test_who_belongs_to_the_workspace_is_not_invited(world: World) -> None:
    with pytest.raises(AlreadyExists) as refused:
        await _invite(world, world.user_by_role[Role.VIEWER].email)
    assert refused.value.field == ("email",)


async def test_what_is_no_address_is_not_invited(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _invite(world, "nobody")
    assert refused.value.field == ("email",)


async def test_who_is_a_member_meanwhile_keeps_their_role(world: World) -> None:
    invitation = await _invite(world, role=Role.ADMIN)
    present = await _member(world, Role.VIEWER)
    async with world.transaction() as work:
        await work.memberships.delete(present.id)
        joined = Membership(
            id=present.id,
            workspace_id=present.workspace_id,
            user_id=world.stranger.id,
            role=Role.VIEWER,
            created_at=present.created_at,
            updated_at=present.updated_at,
        )
        await work.memberships.add(joined)
        await work.commit()
    before = await world.seq()
    assert await _accept(world, invitation) == joined
    assert await world.seq() == before
    assert [kept.accepted_at is not None for kept in await _kept(world)] == [True]


@pytest.mark.parametrize("by", [Role.OWNER, Role.ADMIN])
async def test_what_is_taken_back_opens_nothing(world: World, by: Role) -> None:
    invitation = await _invite(world)
    await world.run(revoke_invitation, RevokeInvitation(invitation_id=invitation.id), by=by)
    with pytest.raises(NotFound):
        await _accept(world, invitation)


async def test_an_admin_leaves_invitations_of_owners_alone(world: World) -> None:
    invitation = await _invite(world, role=Role.OWNER)
    command = RevokeInvitation(invitation_id=invitation.id)
    with pytest.raises(Forbidden):
        await world.run(revoke_invitation, command, by=Role.ADMIN)


async def test_a_stranger_is_told_the_same_of_every_invitation(world: World) -> None:
    invitation = await _invite(world)
    for invitation_id in (invitation.id, new_id()):
        with pytest.raises(NotFound, match=r"^No such invitation\.$"):
            await world.run(
                revoke_invitation,
                RevokeInvitation(invitation_id=invitation_id),
                by=world.stranger.id,
            )


async def test_invitations_end_with_the_right_to_invite(world: World) -> None:
    as_admin = await _invite(world, by=Role.ADMIN)
    of_owner = await _invite(world, "other@example.test")
    admin = await _member(world, Role.ADMIN)
    await world.run(update_member, UpdateMember(membership_id=admin.id, role=Role.MEMBER))
    assert [kept.id for kept in await _kept(world)] == [of_owner.id]
    with pytest.raises(NotFound):
        await _accept(world, as_admin)


async def test_invitations_of_who_is_removed_are_taken_back(world: World) -> None:
    await _invite(world, by=Role.ADMIN)
    admin = await _member(world, Role.ADMIN)
    await world.run(remove_member, RemoveMember(membership_id=admin.id))
    assert await _kept(world) == []


async def test_a_former_owner_keeps_what_an_admin_may_invite(world: World) -> None:
    member = await _member(world, Role.MEMBER)
    await world.run(update_member, UpdateMember(membership_id=member.id, role=Role.OWNER))
    await _invite(world, "owner@example.test", role=Role.OWNER, by=Role.MEMBER)
    kept = await _invite(world, "viewer@example.test", role=Role.VIEWER, by=Role.MEMBER)
    await world.run(update_member, UpdateMember(membership_id=member.id, role=Role.ADMIN))
    assert [invitation.id for invitation in await _kept(world)] == [kept.id]


async def test_so_many_people_can_be_invited_within_an_hour(world: World) -> None:
    for number in range(HOURLY_MAX):
        await _invite(world, f"n{number}@example.test")
    with pytest.raises(LimitExceeded, match="within an hour"):
        await _invite(world)
    world.clock.advance(3600)
    await _invite(world)


async def test_so_many_people_may_be_invited_at_once(world: World) -> None:
    for number in range(WAITING_MAX):
        world.clock.advance(60)
        await _invite(world, f"n{number}@example.test")
    world.clock.advance(3600)
    with pytest.raises(LimitExceeded, match="may be invited at once"):
        await _invite(world)
    await _invite(world, "n0@example.test")


async def test_a_process_without_tokens_does_not_handle_invitations(world: World) -> None:
    bus = CommandBus(
        unit_of_work=world.bus.unit_of_work,
        clock=world.clock,
        ids=world.bus.ids,
        trace=FixedTrace(),
    )
    command = AcceptInvitation(token="x")
    with pytest.raises(RuntimeError, match="does not handle invitations"):
        await bus.run(accept_invitation, command, actor_id=world.stranger.id)
