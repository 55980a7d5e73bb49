import pytest

from domain.commands.checklists import (
    ITEMS_PER_TASK,
    CreateChecklistItem,
    DeleteChecklistItem,
    UpdateChecklistItem,
    create_checklist_item,
    delete_checklist_item,
    update_checklist_item,
)
from domain.errors import (
    AlreadyExists,
    InvalidInput,
    InvalidMove,
    LimitExceeded,
    NotFound,
    StaleVersion,
    UserError,
)
from domain.events import ProjectEventKind
from tests.builders import World, a_checklist_item, new_id, told


async def test_steps_stand_in_the_order_they_were_added(world: World) -> None:
    task = await world.add_task()
    one = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    three = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="3"))
    two = await world.do(
        create_checklist_item,
        CreateChecklistItem(task_id=task.id, title="Two", before_item_id=three.id),
    )
    zero = await world.do(
        create_checklist_item,
        CreateChecklistItem(task_id=task.id, title="0", before_item_id=one.id),
    )
    assert zero.position < one.position < two.position < three.position
    event = await world.last_event()
    assert event.kind is ProjectEventKind.CHECKLIST_ITEM_CREATED
    assert (event.subject_id, event.task_id) == (zero.id, task.id)
    assert told(event) == {
        "taskId": (None, str(task.id)),
        "title": (None, "0"),
        "isCompleted": (None, False),
        "position": (None, zero.position),
    }


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("title", " ", InvalidInput),
        ("title", "x" * 501, InvalidInput),
        ("task_id", new_id(), NotFound),
        ("before_item_id", new_id(), InvalidMove),
        ("after_item_id", new_id(), InvalidMove),
    ],
)
async def test_a_bad_step_is_refused_by_its_field(
    world: World, field: str, value: object, error: type[UserError]
) -> None:
    said = {"task_id": (await world.add_task()).id, "title": "Fine", field: value}
    with pytest.raises(error) as refusal:
        await world.run(create_checklist_item, CreateChecklistItem(**said))  # type: ignore[arg-type]
    first, *rest = field.split("_")
    assert refusal.value.field == (first + "".join(word.title() for word in rest),)


async def test_a_step_is_ticked_and_renamed(world: World) -> None:
    task = await world.add_task()
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    ticked = await world.do(
        update_checklist_item,
        UpdateChecklistItem(item_id=item.id, is_completed=True, expected_version=1),
    )
    assert (ticked.is_completed, ticked.title, ticked.version) == (True, "One", 2)
    assert told(await world.last_event()) == {"isCompleted": (False, True)}
    renamed = await world.do(
        update_checklist_item, UpdateChecklistItem(item_id=item.id, title="Uno", is_completed=True)
    )
    event = await world.last_event()
    assert (renamed.title, event.kind) == ("Uno", ProjectEventKind.CHECKLIST_ITEM_UPDATED)
    assert told(event) == {"title": ("One", "Uno")}


async def test_an_update_that_changes_nothing_is_no_event(world: World) -> None:
    task = await world.add_task()
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    seq = await world.seq()
    outcome = await world.run(
        update_checklist_item, UpdateChecklistItem(item_id=item.id, is_completed=False)
    )
    assert outcome.object == item
    assert await world.seq() == seq


async def test_a_step_is_deleted_with_an_event(world: World) -> None:
    task = await world.add_task()
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    await world.run(delete_checklist_item, DeleteChecklistItem(item_id=item.id))
    event = await world.last_event()
    assert event.kind is ProjectEventKind.CHECKLIST_ITEM_DELETED
    assert (event.subject_id, event.task_id) == (item.id, task.id)
    async with world.transaction() as work:
        assert await work.checklist_size(task.id) == 0
    with pytest.raises(NotFound) as refusal:
        await world.run(delete_checklist_item, DeleteChecklistItem(item_id=item.id))
    assert refusal.value.field == ("itemId",)


async def test_a_step_of_another_version_is_left_alone(world: World) -> None:
    task = await world.add_task()
    item = await world.do(create_checklist_item, CreateChecklistItem(task_id=task.id, title="One"))
    with pytest.raises(StaleVersion):
        await world.run(
            update_checklist_item,
            UpdateChecklistItem(item_id=item.id, title="x", expected_version=2),
        )
    with pytest.raises(StaleVersion):
        await world.run(
            delete_checklist_item, DeleteChecklistItem(item_id=item.id, expected_version=2)
        )


async def test_a_taken_id_is_refused_and_a_full_checklist_takes_no_more(world: World) -> None:
    task = await world.add_task()
    items = [a_checklist_item(task, position=f"c{n:03}1") for n in range(ITEMS_PER_TASK - 1)]
    async with world.transaction() as work:
        await work.checklist_items.add(*items)
        await work.commit()
    with pytest.raises(AlreadyExists) as taken:
        await world.run(
            create_checklist_item,
            CreateChecklistItem(id=items[0].id, task_id=task.id, title="Again"),
        )
    assert taken.value.field == ("id",)
    await world.run(create_checklist_item, CreateChecklistItem(task_id=task.id, title="Last"))
    with pytest.raises(LimitExceeded) as full:
        await world.run(create_checklist_item, CreateChecklistItem(task_id=task.id, title="More"))
    assert full.value.field == ("taskId",)
