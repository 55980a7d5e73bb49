"""Every reader answers within what the viewer may see, and with nothing beyond it."""

from collections.abc import Awaitable, Callable, Mapping, Sized
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import delete

from domain.access import Role
from domain.commands.checklists import CreateChecklistItem, create_checklist_item
from domain.commands.task_lifecycle import ArchiveTask, archive_task
from domain.commands.tasks import UpdateTask, update_task
from domain.entities import Attachment, Comment, Task
from domain.identifiers import AttachmentId, UserId, WorkspaceId
from domain.queries import EventParent, Page, TaskParent, TaskSelection
from domain.reads import ProjectsWanted, TaskRelation, TasksWanted, Visibility
from persistence.database import Database
from persistence.readers import PostgresReaders
from persistence.tables import memberships
from tests.builders import MONDAY, World, a_membership, a_user, a_workspace, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A world with one of everything, and the ids of it."""

    world: World
    task: Task
    comment: Comment
    label_id: UUID
    item_id: UUID
    attachment_id: UUID
    membership_id: UUID
    event_id: UUID


Ask: TypeAlias = Callable[[PostgresReaders, Library, Visibility], Awaitable[Sized]]


async def _projects(readers: PostgresReaders, library: Library, scope: Visibility) -> Sized:
    ids = [library.world.project.id]
    wanted = ProjectsWanted(has_columns=True)
    found = await readers.boards.projects(ids, scope.viewer_id, wanted)
    assert len(found.columns_by_project_id) == len(found.project_by_id)
    return found.project_by_id


async def _tasks(readers: PostgresReaders, library: Library, scope: Visibility) -> Sized:
    wanted = TasksWanted(along=((TaskRelation.PROJECT, None), (TaskRelation.LABELS, None)))
    found = await readers.tasks.tasks([library.task.id], scope.viewer_id, wanted)
    assert len(found.project_by_id) == len(found.labels_by_task_id) == len(found.task_by_id)
    return found.task_by_id


BY_ID: dict[str, Ask] = {
    "workspaces": lambda r, x, s: r.people.workspaces([x.world.workspace.id], s),
    "memberships": lambda r, x, s: r.people.memberships([x.membership_id], s),
    "colleagues": lambda r, x, s: r.people.colleagues([x.world.actor(Role.ADMIN)], s),
    "projects": _projects,
    "columns": lambda r, x, s: r.boards.columns([x.world.done.id], s),
    "labels": lambda r, x, s: r.boards.labels([x.label_id], s),
    "tasks": _tasks,
    "comments": lambda r, x, s: r.conversations.comments([x.comment.id], s),
    "checklist items": lambda r, x, s: r.conversations.checklist_items([x.item_id], s),
    "attachments": lambda r, x, s: r.conversations.attachments([x.attachment_id], s),
    "events": lambda r, x, s: r.events.events([x.event_id], s),
}
BY_PARENT: dict[str, Ask] = {
    "memberships of workspaces": lambda r, x, s: r.people.memberships_of_workspaces(
        [x.world.workspace.id], s
    ),
    "projects of workspaces": lambda r, x, s: r.boards.projects_of_workspaces(
        [x.world.workspace.id], Page(), s, includes_archived=True
    ),
    "project counts": lambda r, x, s: r.boards.project_counts(
        [x.world.workspace.id], s, includes_archived=True
    ),
    "projects with key": lambda r, x, s: r.boards.projects_with_key(
        x.world.project.key, x.world.workspace.slug, s
    ),
    "columns of projects": lambda r, x, s: r.boards.columns_of_projects(
        [x.world.project.id], s, includes_archived=True
    ),
    "labels of projects": lambda r, x, s: r.boards.labels_of_projects([x.world.project.id], s),
    "labels of workspaces": lambda r, x, s: r.boards.labels_of_workspaces(
        [x.world.workspace.id], s
    ),
    "labels of tasks": lambda r, x, s: r.boards.labels_of_tasks([x.task.id], s),
    "tasks with key": lambda r, x, s: r.tasks.tasks_with_key(x.task.key, x.world.workspace.slug, s),
    "subtasks": lambda r, x, s: r.tasks.subtasks([x.task.id], s),
    "comments of tasks": lambda r, x, s: r.conversations.comments_of_tasks([x.task.id], Page(), s),
    "comment counts": lambda r, x, s: r.conversations.comment_counts([x.task.id], s),
    "checklists of tasks": lambda r, x, s: r.conversations.checklists_of_tasks([x.task.id], s),
    "attachments of tasks": lambda r, x, s: r.conversations.attachments_of_tasks([x.task.id], s),
    "events of projects": lambda r, x, s: r.events.events_of(
        EventParent.PROJECT, [x.world.project.id], Page(), s
    ),
    "events of tasks": lambda r, x, s: r.events.events_of(EventParent.TASK, [x.task.id], Page(), s),
    "event counts": lambda r, x, s: r.events.event_counts(
        EventParent.PROJECT, [x.world.project.id], s
    ),
}
BY_TASK_PARENT: dict[str, Ask] = {
    f"{what} by {parent.value.lower()}": ask
    for parent in TaskParent
    for what, ask in {
        "tasks": lambda r, x, s, p=parent: r.tasks.tasks_of(
            p, _parent_ids(x, p), TaskSelection(), Page(), s
        ),
        "task counts": lambda r, x, s, p=parent: r.tasks.task_counts(
            p, _parent_ids(x, p), TaskSelection(), s
        ),
    }.items()
}
ASKED = BY_ID | BY_PARENT | BY_TASK_PARENT


def _parent_ids(library: Library, parent: TaskParent) -> list[UUID]:
    world = library.world
    by_parent: Mapping[TaskParent, UUID] = {
        TaskParent.WORKSPACE: world.workspace.id,
        TaskParent.PROJECT: world.project.id,
        TaskParent.COLUMN: library.task.column_id,
    }
    return [by_parent[parent]]


@pytest.fixture(scope="module")
async def library(world: World, readers: PostgresReaders) -> Library:
    label = await world.add_label("Bug")
    task = await world.add_task(labels=[label])
    await world.add_task("Part", parent=task)
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    attachment = Attachment(
        id=AttachmentId(new_id()),
        workspace_id=task.workspace_id,
        project_id=task.project_id,
        task_id=task.id,
        name="Notes",
        url="https://example.com",
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    async with world.transaction() as work:
        await work.attachments.add(attachment)
        await work.commit()
    scope = await readers.people.visibility(world.actor(Role.OWNER))
    workspace_id = world.workspace.id
    members = (await readers.people.memberships_of_workspaces([workspace_id], scope))[workspace_id]
    return Library(
        world=world,
        task=task,
        comment=await world.add_comment(task),
        label_id=label.id,
        item_id=item.id,
        attachment_id=attachment.id,
        membership_id=members[0].id,
        event_id=(await world.last_event()).id,
    )


@pytest.mark.parametrize("what", ASKED)
async def test_a_viewer_of_the_workspace_is_answered(
    library: Library, readers: PostgresReaders, what: str
) -> None:
    scope = await readers.people.visibility(library.world.actor(Role.VIEWER))
    assert len(await ASKED[what](readers, library, scope)) == 1


@pytest.mark.parametrize("what", ASKED)
async def test_a_stranger_is_not(library: Library, readers: PostgresReaders, what: str) -> None:
    scope = await readers.people.visibility(library.world.stranger.id)
    assert len(await ASKED[what](readers, library, scope)) == 0


@pytest.mark.parametrize("what", ASKED)
async def test_a_member_of_another_workspace_is_not(
    library: Library, readers: PostgresReaders, what: str
) -> None:
    scope = Visibility(
        viewer_id=library.world.stranger.id,
        role_by_workspace_id={WorkspaceId(new_id()): Role.OWNER},
    )
    assert len(await ASKED[what](readers, library, scope)) == 0


async def test_a_workspace_is_found_by_its_members_alone(
    library: Library, readers: PostgresReaders
) -> None:
    world = library.world
    member = await readers.people.visibility(world.actor(Role.VIEWER))
    stranger = await readers.people.visibility(world.stranger.id)
    assert await readers.people.find_workspace(world.workspace.slug, member) == world.workspace
    assert await readers.people.find_workspace(world.workspace.slug, stranger) is None
    assert await readers.people.find_workspace("no-such-workspace", member) is None


async def test_visibility_is_every_membership_with_its_role(
    world: World, readers: PostgresReaders
) -> None:
    second = a_workspace()
    person = a_user()
    async with world.transaction() as work:
        await work.users.add(person)
        await work.workspaces.add(second)
        await work.memberships.add(
            a_membership(world.workspace, person, Role.VIEWER),
            a_membership(second, person, Role.ADMIN),
        )
        await work.commit()
    seen = await readers.people.visibility(person.id)
    assert seen.role_by_workspace_id == {
        world.workspace.id: Role.VIEWER,
        second.id: Role.ADMIN,
    }


async def test_an_address_is_told_to_colleagues_and_its_owner(
    world: World, readers: PostgresReaders
) -> None:
    colleague = a_user(email=f"{new_id()}@example.com")
    async with world.transaction() as work:
        await work.users.add(colleague)
        await work.memberships.add(a_membership(world.workspace, colleague))
        await work.commit()

    async def address(viewer_id: UserId) -> str | None:
        scope = await readers.people.visibility(viewer_id)
        return (await readers.people.users([colleague.id], scope))[colleague.id].email

    assert await address(world.actor(Role.VIEWER)) == colleague.email
    assert await address(colleague.id) == colleague.email
    assert await address(world.stranger.id) is None


async def test_an_address_is_hidden_again_from_who_left(
    world: World, readers: PostgresReaders, database: Database
) -> None:
    left, stays = a_user(), a_user(email=f"{new_id()}@example.com")
    async with world.transaction() as work:
        await work.users.add(left, stays)
        await work.memberships.add(
            a_membership(world.workspace, left), a_membership(world.workspace, stays)
        )
        await work.commit()
    async with database.transaction() as connection:
        await connection.execute(delete(memberships).where(memberships.c.user_id == left.id))
    scope = await readers.people.visibility(left.id)
    assert (await readers.people.users([stays.id], scope))[stays.id].email is None
    assert await readers.people.colleagues([stays.id], scope) == {}


async def test_an_imported_person_has_no_address(world: World, readers: PostgresReaders) -> None:
    imported = a_user(name="Imported")
    async with world.transaction() as work:
        await work.users.add(imported)
        await work.memberships.add(a_membership(world.workspace, imported))
        await work.commit()
    scope = await readers.people.visibility(world.actor(Role.OWNER))
    assert (await readers.people.users([imported.id], scope))[imported.id].email is None


async def test_archived_tasks_are_left_out_unless_asked_for(
    library: Library, readers: PostgresReaders
) -> None:
    world = library.world
    task = await world.add_task("Done with", column=world.canceled)
    await world.run(archive_task, ArchiveTask(task_id=task.id))
    scope = await readers.people.visibility(world.actor(Role.OWNER))
    for includes, count in ((False, {}), (True, {world.canceled.id: 1})):
        selection = TaskSelection(includes_archived=includes)
        ids = [world.canceled.id]
        counts = await readers.tasks.task_counts(TaskParent.COLUMN, ids, selection, scope)
        assert counts == count


async def test_a_log_holds_its_events_from_the_first(
    library: Library, readers: PostgresReaders
) -> None:
    world = library.world
    await world.run(update_task, UpdateTask(task_id=library.task.id, title="Anew"))
    scope = await readers.people.visibility(world.actor(Role.OWNER))
    project_id = world.project.id
    logs = await readers.events.events_of(EventParent.PROJECT, [project_id], Page(), scope)
    assert list(logs[project_id].items) == await world.events(after=0)
    page = Page(size=2, after="3")
    logs = await readers.events.events_of(EventParent.PROJECT, [project_id], page, scope)
    assert [event.seq for event in logs[project_id].items] == [4, 5]
    assert logs[project_id].cursors == ("4", "5")
