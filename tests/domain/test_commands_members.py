"""Roles and removals: who may, what is told, and that somebody always owns the workspace."""

import pytest

from domain.access import Role
from domain.commands.members import RemoveMember, UpdateMember, remove_member, update_member
from domain.commands.projects import CreateProject, create_project
from domain.entities import Membership
from domain.errors import Forbidden, LastOwner, NotFound
from domain.events import FieldChange, ProjectEventKind
from domain.identifiers import UserId
from tests.builders import World, new_id


async def _member(world: World, role: Role) -> Membership:
    async with world.transaction() as work:
        members = await work.members(world.workspace.id)
    return next(m for m in members if m.user_id == world.actor(role))


async def _give(world: World, member: Membership, role: Role, by: Role | UserId) -> None:
    await world.run(update_member, UpdateMember(membership_id=member.id, role=role), by=by)


async def _remove(world: World, member: Membership, by: Role | UserId) -> None:
    await world.run(remove_member, RemoveMember(membership_id=member.id), by=by)


@pytest.mark.parametrize("by", [Role.OWNER, Role.ADMIN])
async def test_a_new_role_is_told_in_every_project(world: World, by: Role) -> None:
    other = await world.do(
        create_project,
        CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops"),
    )
    member = await _member(world, Role.VIEWER)
    await _give(world, member, Role.MEMBER, by)
    assert (await _member(world, Role.VIEWER)).role is Role.MEMBER
    for project_id in (world.project.id, other.id):
        event = (await world.read_events(project_id))[-1]
        assert (event.kind, event.subject_id) == (ProjectEventKind.MEMBER_UPDATED, member.id)
        assert event.changes == (FieldChange(field="role", before="VIEWER", after="MEMBER"),)


async def test_the_role_they_have_changes_nothing(world: World) -> None:
    before = await world.seq()
    await _give(world, await _member(world, Role.OWNER), Role.OWNER, Role.OWNER)
    assert await world.seq() == before


async def test_a_removal_is_told_and_takes_effect(world: World) -> None:
    member = await _member(world, Role.MEMBER)
    await _remove(world, member, Role.ADMIN)
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.MEMBER_REMOVED, member.id)
    assert event.changes == (
        FieldChange(field="userId", before=str(member.user_id), after=None),
        FieldChange(field="role", before="MEMBER", after=None),
    )
    async with world.transaction() as work:
        assert not await work.is_member(world.workspace.id, member.user_id)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.ADMIN])
async def test_everybody_may_leave(world: World, role: Role) -> None:
    await _remove(world, await _member(world, role), role)
    assert (await world.last_event()).kind is ProjectEventKind.MEMBER_REMOVED


@pytest.mark.parametrize("by", [Role.VIEWER, Role.MEMBER])
async def test_others_are_left_alone_by_those_who_are_no_admins(world: World, by: Role) -> None:
    admin = await _member(world, Role.ADMIN)
    with pytest.raises(Forbidden, match="may not invite, change or remove members"):
        await _remove(world, admin, by)
    with pytest.raises(Forbidden, match="may not invite, change or remove members"):
        await _give(world, admin, Role.VIEWER, by)


async def test_an_admin_makes_and_unmakes_no_owner(world: World) -> None:
    owner, viewer = await _member(world, Role.OWNER), await _member(world, Role.VIEWER)
    with pytest.raises(Forbidden, match="Only owners"):
        await _give(world, viewer, Role.OWNER, Role.ADMIN)
    with pytest.raises(Forbidden, match="Only owners"):
        await _give(world, owner, Role.VIEWER, Role.ADMIN)
    with pytest.raises(Forbidden, match="Only owners"):
        await _remove(world, owner, Role.ADMIN)


async def test_the_last_owner_stays_until_there_is_another(world: World) -> None:
    owner = await _member(world, Role.OWNER)
    with pytest.raises(LastOwner):
        await _remove(world, owner, Role.OWNER)
    with pytest.raises(LastOwner):
        await _give(world, owner, Role.ADMIN, Role.OWNER)
    await _give(world, await _member(world, Role.MEMBER), Role.OWNER, Role.OWNER)
    await _remove(world, owner, Role.OWNER)
    assert (await world.last_event()).subject_id == owner.id


async def test_a_stranger_is_told_the_same_of_every_membership(world: World) -> None:
    member = await _member(world, Role.MEMBER)
    with pytest.raises(NotFound, match="No such member") as there:
        await _remove(world, member, world.stranger.id)
    with pytest.raises(NotFound, match="No such member") as nowhere:
        await world.run(remove_member, RemoveMember(membership_id=new_id()), by=world.stranger.id)
    assert there.value.field == nowhere.value.field == ("membershipId",)
