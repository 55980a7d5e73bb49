import pytest

from domain.commands.labels import (
    CreateLabel,
    DeleteLabel,
    UpdateLabel,
    create_label,
    delete_label,
    update_label,
)
from domain.commands.projects import CreateProject, create_project
from domain.errors import AlreadyExists, ErrorCode, InvalidInput, NotFound, StaleVersion, UserError
from domain.events import ProjectEventKind
from tests.builders import World, new_id, told


async def test_a_label_is_created_with_an_event(world: World) -> None:
    command = CreateLabel(project_id=world.project.id, name=" Bug ", color="#D73A4A")
    label = await world.do(create_label, command)
    assert (label.name, label.color, label.version) == ("Bug", "#d73a4a", 1)
    event = await world.last_event()
    assert (event.kind, event.subject_id) == (ProjectEventKind.LABEL_CREATED, label.id)
    assert told(event) == {"name": (None, "Bug"), "color": (None, "#d73a4a")}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", " ", InvalidInput),
        ("name", "x" * 121, InvalidInput),
        ("color", "red", InvalidInput),
        ("project_id", new_id(), NotFound),
    ],
)
async def test_a_bad_label_is_refused_by_its_field(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    said = {"project_id": world.project.id, "name": "Bug", "color": "#d73a4a", field: value}
    with pytest.raises(error) as refusal:
        await world.run(create_label, CreateLabel(**said))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)


@pytest.mark.parametrize("name", ["Ärger", "ÄRGER", "ärger"])
async def test_a_name_is_taken_whatever_its_case(world: World, name: str) -> None:
    await world.add_label("Ärger")
    with pytest.raises(AlreadyExists) as refusal:
        await world.add_label(name)
    assert refusal.value.field == ("name",)
    assert refusal.value.code is ErrorCode.ALREADY_EXISTS


async def test_another_project_may_use_the_same_name(world: World) -> None:
    other = await world.do(
        create_project, CreateProject(workspace_id=world.workspace.id, key="OPS", name="Ops")
    )
    await world.add_label("Bug")
    label = await world.do(
        create_label, CreateLabel(project_id=other.id, name="Bug", color="#000000")
    )
    assert label.project_id == other.id


async def test_a_label_is_renamed_and_recoloured(world: World) -> None:
    label = await world.add_label("Bug")
    renamed = await world.do(update_label, UpdateLabel(label_id=label.id, name="bug"))
    assert (renamed.name, renamed.version) == ("bug", 2)
    event = await world.last_event()
    assert (event.kind, told(event)) == (ProjectEventKind.LABEL_UPDATED, {"name": ("Bug", "bug")})
    recoloured = await world.do(update_label, UpdateLabel(label_id=label.id, color="#ABCDEF"))
    assert (recoloured.name, recoloured.color) == ("bug", "#abcdef")


async def test_a_label_does_not_take_another_ones_name(world: World) -> None:
    await world.add_label("Bug")
    label = await world.add_label("UI")
    with pytest.raises(AlreadyExists) as refusal:
        await world.run(update_label, UpdateLabel(label_id=label.id, name="BUG"))
    assert refusal.value.field == ("name",)


async def test_an_update_that_changes_nothing_is_no_event(world: World) -> None:
    label = await world.add_label("Bug")
    seq = await world.seq()
    outcome = await world.run(update_label, UpdateLabel(label_id=label.id, name="Bug"))
    assert outcome.object == label
    assert await world.seq() == seq


async def test_one_event_tells_that_every_task_lost_a_deleted_label(world: World) -> None:
    bug, ui = await world.add_label("Bug"), await world.add_label("UI")
    tasks = [await world.add_task(labels=[bug, ui]) for _ in range(2)]
    seq = await world.seq()
    await world.run(delete_label, DeleteLabel(label_id=bug.id))
    [event] = await world.events(after=seq)
    assert (event.kind, event.subject_id) == (ProjectEventKind.LABEL_DELETED, bug.id)
    async with world.transaction() as work:
        for task in tasks:
            assert await work.label_ids(task.id) == {ui.id}


async def test_a_label_of_another_version_is_left_alone(world: World) -> None:
    label = await world.add_label("Bug")
    with pytest.raises(StaleVersion):
        await world.run(update_label, UpdateLabel(label_id=label.id, name="x", expected_version=2))
    with pytest.raises(StaleVersion):
        await world.run(delete_label, DeleteLabel(label_id=label.id, expected_version=2))


async def test_an_unknown_label_is_not_found(world: World) -> None:
    with pytest.raises(NotFound) as refusal:
        await world.run(delete_label, DeleteLabel(label_id=new_id()))
    assert refusal.value.field == ("labelId",)
