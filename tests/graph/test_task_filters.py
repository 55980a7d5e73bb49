"""Filters on tasks: what Postgres keeps is what the model keeps."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from domain.access import Role
from domain.entities import ColumnCategory, Label, Priority, Task, User
from graph.schema import executable_schema
from persistence.database import Database
from tests.builders import MONDAY, CountingIds, World, a_label, a_task, new_id
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor, a_graph_world
from tests.graph.task_model import FilteredTask, Named, matches

TITLES: Final = (
    "Weave", "weave it", "WEAVE 100%", "100 percent", "a_b", "aXb", "back\\slash", "back/slash",
    "per%cent", "ÄPFEL", "äpfel", "it's", '"quoted"', "日本語", "",
)  # fmt: skip
TASKS: Final = 60
FILTERS_PER_SEED: Final = 40

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Random tasks, and how filters see them."""

    world: World
    seen: dict[str, FilteredTask]
    people: Sequence[User]
    labels: Sequence[Label]

    def expected(self, given: Json, viewer_id: str) -> set[str]:
        return {key for key, task in self.seen.items() if matches(task, given, viewer_id)}


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def archive(world: World) -> Archive:
    draw = random.Random(5)  # noqa: S311 - the same tasks in every run
    labels = [a_label(world.project, name=name) for name in ("Bug", "bug fix", "100%", "Ops")]
    people = [world.user_by_role[role] for role in (Role.OWNER, Role.MEMBER, Role.VIEWER)]
    tasks = [_a_random_task(draw, world, number, people) for number in range(1, TASKS + 1)]
    on_task = {task.id: draw.sample(labels, draw.choice([0, 0, 1, 2, 4])) for task in tasks}
    async with world.transaction() as work:
        await work.labels.add(*labels)
        await work.tasks.add(*tasks)
        for task_id, put_on in on_task.items():
            await work.add_labels([task_id], {label.id for label in put_on})
        await work.commit()
    seen = {str(t.id): _as_filters_see(world, t, on_task[t.id], people) for t in tasks}
    return Archive(world=world, seen=seen, people=people, labels=labels)


def _a_random_task(draw: random.Random, world: World, number: int, people: Sequence[User]) -> Task:
    def instant() -> Any:  # noqa: ANN401
        return MONDAY + timedelta(days=draw.randrange(4))

    return replace(
        a_task(
            draw.choice(world.columns),
            number=number,
            title=draw.choice(TITLES),
            description=draw.choice(TITLES),
            position=f"a{number:03}",
            priority=draw.choice(list(Priority)),
            estimate=draw.choice([None, 0, 1, 2, 3]),
            due_date=draw.choice([None, *[date(2026, 1, day) for day in (1, 2, 3)]]),
            assignee_id=draw.choice([None, *[person.id for person in people]]),
            creator_id=draw.choice([None, *[person.id for person in people]]),
            started_at=draw.choice([None, instant()]),
            completed_at=draw.choice([None, instant()]),
            canceled_at=draw.choice([None, instant()]),
        ),
        created_at=instant(),
        updated_at=instant(),
    )


def _as_filters_see(
    world: World, task: Task, labels: Sequence[Label], people: Sequence[User]
) -> FilteredTask:
    def person(user_id: object) -> Named | None:
        found = [Named(values={"id": str(p.id), "name": p.name}) for p in people if p.id == user_id]
        return found[0] if found else None

    [column] = [c for c in world.columns if c.id == task.column_id]
    return FilteredTask(
        values={
            "id": str(task.id),
            "number": task.number,
            "title": task.title,
            "description": task.description,
            "priority": task.priority.name,
            "estimate": task.estimate,
            "dueDate": task.due_date,
            "createdAt": task.created_at,
            "updatedAt": task.updated_at,
            "startedAt": task.started_at,
            "completedAt": task.completed_at,
            "canceledAt": task.canceled_at,
            "archivedAt": task.archived_at,
        },
        named={
            "assignee": person(task.assignee_id),
            "creator": person(task.creator_id),
            "column": Named(
                values={
                    "id": str(column.id), "name": column.name, "category": column.category.name,
                }
            ),
            "project": Named(values={"id": str(world.project.id), "key": world.project.key}),
        },
        labels=[Named(values={"id": str(label.id), "name": label.name}) for label in labels],
    )  # fmt: skip


class Wishes:
    """Random filters, in which every field and operator of the schema comes up."""

    def __init__(self, seed: int, archive: Archive) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - the same filters in every run
        person_ids = [str(person.id) for person in archive.people]
        person_names = [*(person.name for person in archive.people), "nobody", "O"]
        label_ids = [str(label.id) for label in archive.labels]
        column_ids = [str(column.id) for column in archive.world.columns]
        instant = [f"2026-01-0{day}T09:00:00Z" for day in (4, 5, 6, 7)]
        days = [f"2026-01-0{day}" for day in (1, 2, 3, 4)]
        text = [*TITLES, "%", "_", "\\", "/", "w", "E", "Ä", "'", "ver"]
        moment = self._comparator(instant, ("eq", "lt", "lte", "gt", "gte"), is_nullable=True)
        user = self._object(
            {
                "id": self._equality([*person_ids, str(new_id())]),
                "name": self._text(person_names),
                "isMe": self._boolean,
                "null": self._boolean,
            }
        )
        label = self._object(
            {
                "id": self._equality(label_ids),
                "name": self._text(["Bug", "bug", "100%", "%", "Ops"]),
            }
        )
        whole = self._comparator(
            [-1, 0, 1, 2, 3, 30], ("eq", "neq", "in", "nin", "lt", "lte", "gt", "gte"),
            is_nullable=True,
        )  # fmt: skip
        self._fields: dict[str, Callable[[], Any]] = {
            "id": self._equality([*archive.seen, str(new_id())]),
            "number": whole,
            "title": self._text(text),
            "description": self._text(text),
            "priority": self._equality([priority.name for priority in Priority]),
            "estimate": whole,
            "dueDate": self._comparator(days, ("eq", "lt", "lte", "gt", "gte"), is_nullable=True),
            **dict.fromkeys(
                ("createdAt", "updatedAt", "startedAt", "completedAt", "canceledAt", "archivedAt"),
                moment,
            ),
            "assignee": user,
            "creator": user,
            "column": self._object(
                {
                    "id": self._equality(column_ids),
                    "name": self._text(["To do", "Do", "o", "%"]),
                    "category": self._equality([category.name for category in ColumnCategory]),
                }
            ),
            "project": self._object(
                {
                    "id": self._equality([str(archive.world.project.id), str(new_id())]),
                    "key": self._text(["ENG", "E", "OPS"]),
                }
            ),
            "labels": self._object(dict.fromkeys(("some", "every", "none"), label)),
        }

    @property
    def fields(self) -> set[str]:
        """What the filters speak of, beside and, or and not."""
        return set(self._fields)

    def filter(self, depth: int = 0) -> Json:
        """A random filter."""
        names = self._draw.sample(sorted(self._fields), self._draw.choice([0, 1, 1, 2]))
        given = {name: self._fields[name]() for name in names}
        for name in ("and", "or", "not") if depth < 3 else ():
            if self._draw.random() < 0.25:
                inner = [self.filter(depth + 1) for _ in range(self._draw.choice([0, 1, 2, 3]))]
                given[name] = inner if name != "not" else self.filter(depth + 1)
        return given

    def _boolean(self) -> bool:
        return self._draw.choice([True, False])

    def _equality(self, values: Sequence[Any]) -> Callable[[], Json]:
        return self._comparator(values, ("eq", "neq", "in", "nin"))

    def _text(self, values: Sequence[str]) -> Callable[[], Json]:
        names = ("eq", "neq", "in", "nin", "contains", "containsIgnoreCase", "startsWith")
        return self._comparator(values, names)

    def _comparator(
        self, values: Sequence[Any], names: Sequence[str], *, is_nullable: bool = False
    ) -> Callable[[], Json]:
        def draw() -> Json:
            given: Json = {}
            for name in self._draw.sample(names, self._draw.choice([1, 1, 2])):
                many = [self._draw.choice(values) for _ in range(self._draw.choice([0, 1, 3]))]
                given[name] = many if name in ("in", "nin") else self._draw.choice(values)
            if is_nullable and self._draw.random() < 0.2:
                given["null"] = self._boolean()
            return given

        return draw

    def _object(self, parts: dict[str, Callable[[], Any]]) -> Callable[[], Json]:
        def draw() -> Json:
            names = self._draw.sample(sorted(parts), self._draw.choice([1, 1, 2]))
            return {name: parts[name]() for name in names}

        return draw


FILTERED = """query($slug: String!, $filter: TaskFilter, $first: Int = 250) {
  tasks(workspaceSlug: $slug, filter: $filter, first: $first) { totalCount nodes { id } }
}"""


async def _kept(client: GraphClient, world: World, given: Json) -> set[str]:
    seen = await client.data(FILTERED, slug=world.workspace.slug, filter=given)
    nodes = [node["id"] for node in seen["tasks"]["nodes"]]
    assert seen["tasks"]["totalCount"] == len(nodes)
    return set(nodes)


@pytest.mark.parametrize("seed", range(4))
async def test_postgres_keeps_what_the_model_keeps(
    owner: GraphClient, archive: Archive, seed: int
) -> None:
    wishes = Wishes(seed, archive)
    viewer_id = str(owner.user_id)
    kept_some = 0
    for _ in range(FILTERS_PER_SEED):
        given = wishes.filter()
        kept = await _kept(owner, archive.world, given)
        assert kept == archive.expected(given, viewer_id), given
        kept_some += 0 < len(kept) < TASKS
    # A filter that keeps all or nothing shows little.
    assert kept_some > FILTERS_PER_SEED / 4


def test_the_wishes_speak_of_every_field(archive: Archive) -> None:
    task_filter = executable_schema().type_map["TaskFilter"]
    told = set(getattr(task_filter, "fields", {}))
    assert Wishes(0, archive).fields | {"and", "or", "not"} == told


@pytest.mark.parametrize("operator", ["contains", "containsIgnoreCase", "startsWith"])
@pytest.mark.parametrize("text", ["%", "_", "\\", "/", "100%", "a_", "\\%", "%%", "/%"])
async def test_wildcards_are_plain_characters(
    owner: GraphClient, archive: Archive, operator: str, text: str
) -> None:
    given: Json = {"title": {operator: text}}
    expected = archive.expected(given, "")
    assert await _kept(owner, archive.world, given) == expected


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER, Role.ADMIN])
async def test_is_me_is_whoever_asks(client_for: ClientFor, archive: Archive, role: Role) -> None:
    client = client_for(role)
    kept = await _kept(client, archive.world, {"assignee": {"isMe": True}})
    assert kept == {
        key
        for key, task in archive.seen.items()
        if (who := task.named["assignee"]) and who.values["id"] == str(client.user_id)
    }
    assert bool(kept) is (role is not Role.ADMIN)


async def test_a_filter_of_nothing_keeps_everything(owner: GraphClient, archive: Archive) -> None:
    labels: Json = {"labels": {"every": {}}}
    kept_by: list[Json] = [{}, {"and": []}, {"title": {}}, {"title": None}, labels]
    for given in kept_by:
        assert await _kept(owner, archive.world, given) == set(archive.seen)


async def test_one_of_nothing_keeps_nothing(owner: GraphClient, archive: Archive) -> None:
    labels: Json = {"labels": {"some": {}, "none": {}}}
    kept_by: list[Json] = [{"or": []}, {"not": {}}, {"id": {"in": []}}, labels]
    for given in kept_by:
        assert await _kept(owner, archive.world, given) == set()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id": {"eq": "x"}}, ["filter", "id", "eq"]),
        ({"assignee": {"id": {"in": ["x"]}}}, ["filter", "assignee", "id", "in", "0"]),
        ({"and": [{}, {"id": {"nin": ["x"]}}]}, ["filter", "and", "1", "id", "nin", "0"]),
        ({"not": {"title": {"containsIgnoreCase": "\x00"}}},
         ["filter", "not", "title", "containsIgnoreCase"]),
        ({"column": {"name": {"in": ["a", "\ud800"]}}}, ["filter", "column", "name", "in", "1"]),
    ],
)  # fmt: skip
async def test_what_is_wrong_in_a_filter_is_told_by_its_place(
    owner: GraphClient, archive: Archive, given: Json, field: list[str]
) -> None:
    error = await owner.refusal(FILTERED, slug=archive.world.workspace.slug, filter=given)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field}


async def test_a_filter_of_too_many_parts_is_refused(owner: GraphClient, archive: Archive) -> None:
    slug = archive.world.workspace.slug
    error = await owner.refusal(FILTERED, slug=slug, filter={"or": [{}] * 100})
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "field": ["filter"]}
    many: Json = {"id": {"in": [str(new_id())] * 251}}
    error = await owner.refusal(FILTERED, slug=slug, filter=many)
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "field": ["filter", "id", "in"]}


async def test_a_filter_holds_for_the_total_of_a_page(owner: GraphClient, archive: Archive) -> None:
    given: Json = {"priority": {"in": ["HIGH", "URGENT"]}}
    seen = await owner.data(FILTERED, slug=archive.world.workspace.slug, filter=given, first=1)
    assert seen["tasks"]["totalCount"] == len(archive.expected(given, "")) > 1
    assert len(seen["tasks"]["nodes"]) == 1


async def test_columns_and_projects_filter_their_tasks_alike(
    owner: GraphClient, archive: Archive
) -> None:
    text = """query($id: ID!, $filter: TaskFilter) { project(id: $id) {
      tasks(filter: $filter, first: 250) { totalCount nodes { id } }
      columns { tasks(filter: $filter, first: 250) { totalCount nodes { id } } }
    } }"""
    given: Json = {"estimate": {"gte": 2}}
    seen = await owner.data(text, id=str(archive.world.project.id), filter=given)
    expected = archive.expected(given, "")
    project = seen["project"]
    assert {node["id"] for node in project["tasks"]["nodes"]} == expected
    by_column = [node["id"] for c in project["columns"] for node in c["tasks"]["nodes"]]
    assert sorted(by_column) == sorted(expected)
    assert sum(c["tasks"]["totalCount"] for c in project["columns"]) == len(expected)


async def test_a_field_is_sorted_by_once(owner: GraphClient, archive: Archive) -> None:
    text = """query($slug: String!) {
      tasks(workspaceSlug: $slug, orderBy: [{ field: TITLE }, { field: TITLE, direction: DESC }]) {
        totalCount
      }
    }"""
    error = await owner.refusal(text, slug=archive.world.workspace.slug)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": ["orderBy"]}
