import pytest

from domain.access import Role
from domain.commands.projects import (
    ArchiveProject,
    CreateProject,
    RestoreProject,
    UpdateProject,
    archive_project,
    create_project,
    restore_project,
    update_project,
)
from domain.commands.workspaces import (
    CreateWorkspace,
    UpdateWorkspace,
    create_workspace,
    update_workspace,
)
from domain.entities import ColumnCategory, Project
from domain.errors import AlreadyExists, InvalidInput, NotFound, StaleVersion, UserError
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_a_new_project_opens_with_the_usual_columns_and_an_event_each(world: World) -> None:
    command = CreateProject(workspace_id=world.workspace.id, key="OPS", name=" Ops ")
    outcome = await world.run(create_project, command, by=Role.ADMIN)
    project = outcome.object
    assert project is not None
    assert (project.key, project.name, project.description) == ("OPS", "Ops", "")
    assert (project.version, project.event_seq, project.last_task_number) == (1, 6, 0)
    assert outcome.cursor is not None
    assert (outcome.cursor.project_id, outcome.cursor.seq) == (project.id, 6)
    events = await world.read_events(project.id)
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.kind for event in events] == [
        ProjectEventKind.PROJECT_CREATED,
        *[ProjectEventKind.COLUMN_CREATED] * 5,
    ]
    assert told(events[0]) == {
        "key": (None, "OPS"),
        "name": (None, "Ops"),
        "description": (None, ""),
    }
    async with world.transaction() as work:
        columns = await work.columns_of(project.id)
        assert await work.projects.find(project.id) == project
    assert [column.category for column in columns] == list(ColumnCategory)


async def test_a_project_may_open_without_columns(world: World) -> None:
    project = await world.do(
        create_project,
        CreateProject(
            workspace_id=world.workspace.id, key="OPS", name="Ops", with_default_columns=False
        ),
    )
    async with world.transaction() as work:
        assert await work.columns_of(project.id) == []
    assert project.event_seq == 1


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("key", "ops", InvalidInput),
        ("key", "ENG", AlreadyExists),
        ("name", "", InvalidInput),
        ("description", "\x00", InvalidInput),
        ("workspace_id", new_id(), NotFound),
    ],
)
async def test_a_bad_project_is_refused_by_its_field(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    said = {"workspace_id": world.workspace.id, "key": "OPS", "name": "Ops", field: value}
    with pytest.raises(error) as refusal:
        await world.run(create_project, CreateProject(**said))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)


async def test_an_id_that_is_taken_is_refused(world: World) -> None:
    command = CreateProject(
        id=world.project.id, workspace_id=world.workspace.id, key="OPS", name="Ops"
    )
    with pytest.raises(AlreadyExists) as refusal:
        await world.run(create_project, command)
    assert refusal.value.field == ("id",)


async def test_a_project_is_renamed_with_an_event(world: World) -> None:
    command = UpdateProject(
        project_id=world.project.id, name="Motor", description="Fast", expected_version=1
    )
    project = await world.do(update_project, command)
    assert (project.name, project.description, project.version) == ("Motor", "Fast", 2)
    event = await world.last_event()
    assert (event.kind, event.task_id) == (ProjectEventKind.PROJECT_UPDATED, None)
    assert told(event) == {"name": ("Engine", "Motor"), "description": ("", "Fast")}
    assert project.event_seq == event.seq


async def test_archiving_and_restoring_a_project_is_told_once_each(world: World) -> None:
    archive = ArchiveProject(project_id=world.project.id)
    archived = await world.do(archive_project, archive)
    assert archived.archived_at == world.clock.now()
    assert await world.do(archive_project, archive) == archived
    restored = await world.do(restore_project, RestoreProject(project_id=world.project.id))
    assert restored.archived_at is None
    again = await world.do(restore_project, RestoreProject(project_id=world.project.id))
    assert again == restored
    assert await world.kinds() == [
        ProjectEventKind.PROJECT_ARCHIVED,
        ProjectEventKind.PROJECT_RESTORED,
    ]


async def test_a_project_of_another_version_is_left_alone(world: World) -> None:
    with pytest.raises(StaleVersion):
        await world.run(
            update_project,
            UpdateProject(project_id=world.project.id, name="x", expected_version=2),
        )
    with pytest.raises(StaleVersion):
        await world.run(
            archive_project, ArchiveProject(project_id=world.project.id, expected_version=2)
        )
    with pytest.raises(StaleVersion):
        await world.run(
            restore_project, RestoreProject(project_id=world.project.id, expected_version=2)
        )


async def test_an_update_that_changes_nothing_is_no_event(world: World) -> None:
    outcome = await world.run(
        update_project, UpdateProject(project_id=world.project.id, name="Engine")
    )
    assert isinstance(outcome.object, Project)
    assert outcome.object.version == 1
    assert await world.events() == []


async def test_who_opens_a_workspace_owns_it(world: World) -> None:
    command = CreateWorkspace(slug="babbage", name="Babbage & Co.")
    outcome = await world.run(create_workspace, command, by=world.stranger.id)
    assert outcome.object is not None
    assert outcome.cursor is None
    async with world.transaction() as work:
        workspace, role = await work.lock_workspace(outcome.object.id, world.stranger.id)
    assert (workspace.slug, workspace.name, role) == ("babbage", "Babbage & Co.", Role.OWNER)


async def test_a_workspace_is_renamed(world: World) -> None:
    command = UpdateWorkspace(workspace_id=world.workspace.id, name="New", expected_version=1)
    renamed = await world.do(update_workspace, command)
    assert (renamed.name, renamed.slug, renamed.version) == ("New", world.workspace.slug, 2)
    again = await world.do(update_workspace, UpdateWorkspace(workspace_id=renamed.id, name="New"))
    assert again == renamed


async def test_a_slug_is_taken_once(world: World) -> None:
    other = await world.do(create_workspace, CreateWorkspace(slug="babbage", name="B"))
    with pytest.raises(AlreadyExists) as created:
        await world.run(create_workspace, CreateWorkspace(slug="babbage", name="B"))
    with pytest.raises(AlreadyExists) as updated:
        await world.run(
            update_workspace, UpdateWorkspace(workspace_id=world.workspace.id, slug=other.slug)
        )
    assert created.value.field == updated.value.field == ("slug",)
    with pytest.raises(InvalidInput) as malformed:
        await world.run(create_workspace, CreateWorkspace(slug="Not a slug", name="B"))
    assert malformed.value.field == ("slug",)


async def test_a_workspace_of_another_version_is_left_alone(world: World) -> None:
    with pytest.raises(StaleVersion):
        await world.run(
            update_workspace,
            UpdateWorkspace(workspace_id=world.workspace.id, name="x", expected_version=2),
        )
