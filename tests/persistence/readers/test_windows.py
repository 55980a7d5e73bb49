"""Pages of rows: walked from either end, every row comes once, in the order asked for."""

import base64
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import orjson
import pytest

from domain.access import Role
from domain.entities import Priority, Task
from domain.errors import InvalidInput
from domain.queries import (
    OrderDirection,
    Page,
    TaskOrder,
    TaskOrderField,
    TaskParent,
    TaskSelection,
    Window,
)
from domain.reads import COMMENT_COUNT, Visibility
from persistence.readers import PostgresReaders
from tests.builders import MONDAY, World, a_task

TASKS = 40
SIZES = (3, 17, 39, 40, 41)
TITLES = ("Ab", "ab", "a b", "Äb", "äb", "b", "", "z%", "z_", "ß", "日本", "𝄞")

ORDERS: dict[str, tuple[TaskOrder, ...]] = {
    "board order": (),
    **{
        f"{field.value} {direction.value}": (TaskOrder(field=field, direction=direction),)
        for field in TaskOrderField
        for direction in OrderDirection
    },
    "due date, then priority from the top": (
        TaskOrder(field=TaskOrderField.DUE_DATE),
        TaskOrder(field=TaskOrderField.PRIORITY, direction=OrderDirection.DESC),
    ),
    "priority, then due date from the end, then title": (
        TaskOrder(field=TaskOrderField.PRIORITY),
        TaskOrder(field=TaskOrderField.DUE_DATE, direction=OrderDirection.DESC),
        TaskOrder(field=TaskOrderField.TITLE),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Tasks with many ties, and a reader that sees them."""

    world: World
    readers: PostgresReaders
    scope: Visibility
    tasks: Sequence[Task]

    async def page(self, order: Sequence[TaskOrder], page: Page) -> Window[Task]:
        """One page of the workspace's tasks."""
        parent_id = self.world.workspace.id
        selection = TaskSelection(order=tuple(order))
        windows = await self.readers.tasks.tasks_of(
            TaskParent.WORKSPACE, [parent_id], selection, page, self.scope
        )
        return windows[parent_id]

    async def whole(self, order: Sequence[TaskOrder]) -> Window[Task]:
        """All tasks on one page."""
        return await self.page(order, Page(size=250))

    async def forward(self, order: Sequence[TaskOrder], size: int) -> list[Window[Task]]:
        """Every page from the first to the last."""
        pages = [await self.page(order, Page(size=size))]
        while pages[-1].has_next:
            page = Page(size=size, after=pages[-1].cursors[-1])
            pages.append(await self.page(order, page))
        return pages

    async def backward(self, order: Sequence[TaskOrder], size: int) -> list[Window[Task]]:
        """Every page from the last to the first."""
        pages = [await self.page(order, Page(size=size, is_backward=True))]
        while pages[-1].has_previous:
            page = Page(size=size, is_backward=True, before=pages[-1].cursors[0])
            pages.append(await self.page(order, page))
        return pages


@pytest.fixture(scope="module")
async def shelf(world: World, readers: PostgresReaders) -> Shelf:
    draw = random.Random(7)  # noqa: S311 - the same shelf in every run
    new = [
        replace(
            a_task(
                world.columns[number % 3],
                number=number,
                title=draw.choice(TITLES),
                position=f"a{draw.choice('AbC')}{number:03}",
                priority=draw.choice(list(Priority)),
                due_date=draw.choice([None, None, *[date(2026, 1, day) for day in (1, 2, 3)]]),
            ),
            created_at=MONDAY + timedelta(microseconds=draw.randrange(5)),
            updated_at=MONDAY + timedelta(microseconds=draw.randrange(5)),
        )
        for number in range(1, TASKS + 1)
    ]
    async with world.transaction() as work:
        await work.tasks.add(*new)
        await work.commit()
    scope = await readers.people.visibility(world.actor(Role.VIEWER))
    return Shelf(world=world, readers=readers, scope=scope, tasks=new)


@pytest.mark.parametrize("name", ORDERS)
async def test_walking_forward_meets_every_row_once_and_in_order(shelf: Shelf, name: str) -> None:
    whole = await shelf.whole(ORDERS[name])
    assert {task.id for task in whole.items} == {task.id for task in shelf.tasks}
    for size in SIZES:
        pages = await shelf.forward(ORDERS[name], size)
        assert [task for page in pages for task in page.items] == list(whole.items)
        assert [page.has_previous for page in pages] == [False] + [True] * (len(pages) - 1)
        assert len(pages) == -(-TASKS // size)


@pytest.mark.parametrize("name", ORDERS)
async def test_walking_backward_meets_the_same_rows_from_the_end(shelf: Shelf, name: str) -> None:
    whole = await shelf.whole(ORDERS[name])
    for size in SIZES:
        pages = await shelf.backward(ORDERS[name], size)
        assert [task for page in reversed(pages) for task in page.items] == list(whole.items)
        assert [page.has_next for page in pages] == [False] + [True] * (len(pages) - 1)
        assert len(pages) == -(-TASKS // size)


@pytest.mark.parametrize("name", ORDERS)
async def test_between_two_cursors_lies_what_lies_between_them(shelf: Shelf, name: str) -> None:
    whole = await shelf.whole(ORDERS[name])
    for is_backward in (False, True):
        page = Page(
            size=250, is_backward=is_backward, after=whole.cursors[4], before=whole.cursors[30]
        )
        between = await shelf.page(ORDERS[name], page)
        assert between.items == whole.items[5:30]
        assert between.cursors == whole.cursors[5:30]


async def test_the_orders_are_what_they_are_called(shelf: Shelf) -> None:
    async def told(name: str) -> list[Task]:
        return list((await shelf.whole(ORDERS[name])).items)

    by_number = await told("NUMBER DESC")
    assert [task.number for task in by_number] == list(range(TASKS, 0, -1))
    by_priority = await told("PRIORITY DESC")
    priorities = [task.priority.value for task in by_priority]
    assert priorities == sorted(priorities, reverse=True)
    by_update = [task.updated_at for task in await told("UPDATED_AT ASC")]
    assert by_update == sorted(by_update)
    on_the_board = [
        (shelf.world.columns.index(next(c for c in shelf.world.columns if c.id == t.column_id)),
         t.position)
        for t in await told("board order")
    ]  # fmt: skip
    assert on_the_board == sorted(on_the_board)


@pytest.mark.parametrize("direction", OrderDirection)
async def test_tasks_without_a_due_date_come_last_in_either_direction(
    shelf: Shelf, direction: OrderDirection
) -> None:
    due = [t.due_date for t in (await shelf.whole(ORDERS[f"DUE_DATE {direction.value}"])).items]
    dated = [day for day in due if day is not None]
    assert due == dated + [None] * (TASKS - len(dated))
    assert dated == sorted(dated, reverse=direction is OrderDirection.DESC)
    assert 0 < len(dated) < TASKS


async def test_a_page_of_nothing_tells_whether_there_is_something(shelf: Shelf) -> None:
    nothing = await shelf.page((), Page(size=0))
    assert (nothing.items, nothing.cursors, nothing.has_next) == ((), (), True)
    nothing = await shelf.page((), Page(size=0, is_backward=True))
    assert (nothing.items, nothing.has_previous) == ((), True)


async def test_each_parent_gets_a_page_of_its_own(shelf: Shelf) -> None:
    columns = shelf.world.columns[:3]
    windows = await shelf.readers.tasks.tasks_of(
        TaskParent.COLUMN, [c.id for c in columns], TaskSelection(), Page(size=2), shelf.scope
    )
    for column in columns:
        mine = sorted(t.position for t in shelf.tasks if t.column_id == column.id)
        assert [task.position for task in windows[column.id].items] == mine[:2]
        assert windows[column.id].has_next


async def test_a_cursor_stays_good_when_its_row_is_gone(shelf: Shelf) -> None:
    gone = _cursor([7, "ffffffff-ffff-7fff-bfff-ffffffffffff"])
    window = await shelf.page(ORDERS["NUMBER ASC"], Page(size=3, after=gone))
    assert [task.number for task in window.items] == [8, 9, 10]


def _cursor(values: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


_ID = "01900000-0000-7000-8000-000000000001"
FORGED = {
    "nothing": ("NUMBER ASC", ""),
    "no base64": ("NUMBER ASC", "~~~"),
    "a letter": ("NUMBER ASC", "é"),
    "an unpaired surrogate": ("NUMBER ASC", "\ud800"),
    "no JSON": ("NUMBER ASC", "YWJj"),
    "no list": ("NUMBER ASC", _cursor([])[:-1] + "A"),
    "too few values": ("NUMBER ASC", _cursor([1])),
    "too many values": ("NUMBER ASC", _cursor([1, _ID, _ID])),
    "another order's values": ("NUMBER ASC", _cursor(["a", _ID])),
    "a number too large": ("NUMBER ASC", _cursor([2**31, _ID])),
    "a fraction": ("NUMBER ASC", _cursor([1.5, _ID])),
    "an absent value where none is absent": ("NUMBER ASC", _cursor([None, _ID])),
    "no id": ("NUMBER ASC", _cursor([1, "x"])),
    "no such priority": ("PRIORITY ASC", _cursor([99, _ID])),
    "no date": ("DUE_DATE ASC", _cursor(["2026-13-01", _ID])),
    "no instant": ("CREATED_AT ASC", _cursor(["yesterday", _ID])),
    "an instant without its offset": ("CREATED_AT ASC", _cursor(["2026-01-01T00:00:00", _ID])),
    "an instant before the year 1": (
        "CREATED_AT ASC",
        _cursor(["0001-01-01T00:00:00+14:00", _ID]),
    ),
    "an instant after the year 9999": (
        "CREATED_AT ASC",
        _cursor(["9999-12-31T23:59:59-14:00", _ID]),
    ),
    "a NUL": ("TITLE ASC", _cursor(["\x00", _ID])),
    "an object": ("TITLE ASC", _cursor([{}, _ID])),
}


@pytest.mark.parametrize("what", FORGED)
@pytest.mark.parametrize("bound", ["after", "before"])
async def test_a_forged_cursor_is_refused(shelf: Shelf, what: str, bound: str) -> None:
    name, cursor = FORGED[what]
    page = Page(after=cursor) if bound == "after" else Page(before=cursor, is_backward=True)
    with pytest.raises(InvalidInput, match="Not a cursor of this list") as refusal:
        await shelf.page(ORDERS[name], page)
    assert refusal.value.field == (bound,)


async def test_the_cursor_of_another_order_is_refused(shelf: Shelf) -> None:
    cursor = (await shelf.whole(ORDERS["DUE_DATE ASC"])).cursors[0]
    with pytest.raises(InvalidInput):
        await shelf.page(ORDERS["board order"], Page(after=cursor))


async def test_a_page_counts_its_tasks_comments_in_its_own_order(shelf: Shelf) -> None:
    first, second, third = shelf.tasks[:3]
    for task, comments in ((first, 2), (third, 1)):
        for _ in range(comments):
            await shelf.world.add_comment(task)
    expected = {first.id: 2, second.id: 0, third.id: 1}
    fields = frozenset({"title", COMMENT_COUNT})
    for page in (Page(size=250), Page(size=250, is_backward=True)):
        windows = await shelf.readers.tasks.tasks_of(
            TaskParent.WORKSPACE,
            [shelf.world.workspace.id],
            TaskSelection(),
            page,
            shelf.scope,
            fields=fields,
        )
        window = windows[shelf.world.workspace.id]
        counted = dict(zip((task.id for task in window.items), window.counts, strict=True))
        assert {task_id: counted[task_id] for task_id in expected} == expected


async def test_what_is_counted_along_does_not_show_in_cursors(shelf: Shelf) -> None:
    counting = await shelf.readers.tasks.tasks_of(
        TaskParent.WORKSPACE,
        [shelf.world.workspace.id],
        TaskSelection(),
        Page(size=3),
        shelf.scope,
        fields=frozenset({COMMENT_COUNT}),
    )
    window = counting[shelf.world.workspace.id]
    assert len(window.counts) == len(window.items) == 3
    assert list(window.cursors) == list((await shelf.page((), Page(size=3))).cursors)
