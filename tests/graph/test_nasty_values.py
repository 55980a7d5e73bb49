"""Whatever a client sends in whatever place, the answer is one of the documented codes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_argument,
)

from domain.access import Role
from domain.errors import ErrorCode
from domain.events import JsonValue
from graph.operation import GraphResponse
from graph.schema import executable_schema
from persistence.database import Database
from tests.builders import CountingIds, World
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient, codes
from tests.graph.conftest import ClientFor, a_graph_board, a_graph_world
from tests.graph.mutation_inputs import ALL, mutation_text

TEXTS: Final = (
    "", " ", "\x00", "a\x00b", "\ud800", "a\udfff", "\U0010ffff", "\u202e\u0000", "é" * 32,
    "9" * 5_000, "x" * 120_000, "٣٤", "'; DROP TABLE tasks; --", "%s%(a)s{0}", "\\", "\r\n\t",
    "{01900000-0000-7000-8000-000000000001}", "01900000-0000-7000-8000-000000000001",
    "0001-01-01", "9999-12-31", "2026-02-30", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999-14:00", "2026-01-01T00:00:00", "-1", "NaN", "W10",
)  # fmt: skip
NUMBERS: Final = (0, -1, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**64), 10**400, 1.0, 1.5, 1e300)
SHAPES: Final[Sequence[JsonValue]] = (None, True, [], [None], [[]], {}, {"a": 1})

SHARPEST: Final[Sequence[JsonValue]] = (
    "\x00", "a\udfff", "9" * 5_000, "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00", -1, 2**31,
    10**400, None, {},
)  # fmt: skip

DOCUMENTED: Final = {"BAD_USER_INPUT", "QUERY_TOO_COMPLEX"} | {code.value for code in ErrorCode}


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def board(world: World, database: Database) -> FullBoard:
    return await a_graph_board(world, database)


def _values(named: str) -> Sequence[JsonValue]:
    match named:
        case "Int":
            return (*NUMBERS, *TEXTS[:4], *SHAPES)
        case "String" | "ID" | "Date" | "DateTime" | "Cursor":
            return (*TEXTS, 0, 10**400, 1.5, *SHAPES)
        case _:
            return (*TEXTS[:5], 1, 10**400, *SHAPES)


def _require_documented(response: GraphResponse, sent: object) -> None:
    """Every code is documented, and the response can be sent."""
    assert set(codes(response)) <= DOCUMENTED, f"{str(sent)[:200]}: {response.errors}"
    assert len(orjson.dumps(response.as_json())) < 400_000
    assert max((len(str(error["message"])) for error in response.errors), default=0) < 1_100


def _wrong_inputs(
    field_type: GraphQLInputType, within: tuple[str, ...] = ()
) -> Iterator[JsonValue]:
    """Inputs of the type that are right but for one value; types are not nested in themselves."""
    inner = get_nullable_type(field_type)
    if is_list_type(inner):
        yield from ([value] for value in _wrong_inputs(inner.of_type, within))
    elif isinstance(inner, GraphQLInputObjectType):
        for name, field in inner.fields.items() if inner.name not in within else ():
            rest = _required(inner, but=name)
            for value in _wrong_inputs(field.type, (*within, inner.name)):
                yield {**rest, name: value}
    else:
        # A filter has a hundred leaves of few kinds: the sharpest values will do for each.
        yield from SHARPEST if len(within) > 1 else _values(get_named_type(inner).name)


def _required(inner: GraphQLInputObjectType, *, but: str) -> dict[str, JsonValue]:
    return {
        name: _right_value(field)
        for name, field in inner.fields.items()
        if name != but and str(field.type).endswith("!")
    }


def _right_value(field: GraphQLInputField | GraphQLArgument) -> JsonValue:
    named = get_named_type(field.type)
    if isinstance(named, GraphQLEnumType):
        first: str = next(iter(named.values))
        return first
    return "x"


# Fields with arguments, and how a query reaches them.
PLACES: Final[Mapping[str, str]] = {
    "Query.workspace": "%s { id }",
    "Query.project": "%s { id }",
    "Query.task": "%s { id }",
    "Query.tasks": "%s { totalCount nodes { id } }",
    "Query.node": "%s { id }",
    "Query.nodes": "%s { id }",
    "Query.invitation": "%s { email }",
    "Workspace.projects": "workspaces { %s { totalCount nodes { id } } }",
    "Project.columns": "project(id: $project) { %s { id } }",
    "Project.tasks": "project(id: $project) { %s { totalCount nodes { id } } }",
    "Project.events": "project(id: $project) { %s { totalCount nodes { id } } }",
    "BoardColumn.tasks": "project(id: $project) { columns { %s { totalCount nodes { id } } } }",
    "Task.comments": "task(id: $task) { %s { totalCount nodes { id } } }",
    "Task.events": "task(id: $task) { %s { totalCount nodes { id } } }",
}


def _arguments() -> list[tuple[str, str]]:
    return [
        (f"{shown}.{name}", argument)
        for shown in ("Query", "Workspace", "Project", "BoardColumn", "Task")
        for name, field in getattr(executable_schema().get_type(shown), "fields", {}).items()
        for argument in field.args
    ]


ARGUMENTS: Final = _arguments()
# One decoder reads the filters and orders of all lists of tasks.
DECODED_ALIKE: Final = [
    (place, argument)
    for place in ("Project.tasks", "BoardColumn.tasks")
    for argument in ("filter", "orderBy")
]
ASKED: Final = [pair for pair in ARGUMENTS if pair not in DECODED_ALIKE]


def test_every_field_with_arguments_has_a_place() -> None:
    assert {place for place, _ in ARGUMENTS} == set(PLACES)


@pytest.mark.parametrize(
    ("place", "argument"), ASKED, ids=[f"{place}({name})" for place, name in ASKED]
)
async def test_no_argument_of_a_query_breaks_anything(
    owner: GraphClient, board: FullBoard, place: str, argument: str
) -> None:
    shown, name = place.split(".")
    args = getattr(executable_schema().get_type(shown), "fields", {})[name].args
    given = {
        other: "$slug"
        for other, declared in args.items()
        if other != argument and is_required_argument(declared)
    }
    said = ", ".join(f"{key}: {value}" for key, value in {**given, argument: "$value"}.items())
    body = PLACES[place] % f"{name}({said})"
    known: dict[str, JsonValue] = {
        "slug": board.world.workspace.slug,
        "project": str(board.world.project.id),
        "task": str(board.task.id),
    }
    types = {"slug": "String!", "project": "ID!", "task": "ID!", "value": str(args[argument].type)}
    declared = ", ".join(f"${key}: {types[key]}" for key in types if f"${key}" in body)
    text = f"query({declared}) {{ {body} }}"
    for value in (*_wrong_inputs(args[argument].type), *SHAPES):
        response = await owner.execute(text, {**known, "value": value})
        _require_documented(response, value)


@pytest.mark.parametrize("mutation", ALL)
async def test_no_field_of_an_input_breaks_anything(
    client_for: ClientFor, database: Database, ids: CountingIds, mutation: str
) -> None:
    # Some of the mutations succeed: each has a board of its own.
    mine = await a_graph_board(await a_graph_world(database, ids), database)
    client = client_for(mine.world.actor(Role.OWNER))
    mutations = executable_schema().mutation_type
    assert mutations is not None
    given = get_named_type(mutations.fields[mutation].args["input"].type)
    assert isinstance(given, GraphQLInputObjectType)
    text = mutation_text(mutation)
    for name, field in given.fields.items():
        for value in (*_wrong_inputs(field.type), *SHAPES):
            wrong = {**ALL[mutation](mine), name: value}
            response = await client.execute(text, {"i": wrong})
            _require_documented(response, wrong)


@pytest.mark.parametrize("mutation", ALL)
async def test_no_input_of_another_shape_breaks_anything(owner: GraphClient, mutation: str) -> None:
    shapes: list[JsonValue] = [None, 1, "x", [], [[]], {}, {"taskId": {}}, {"no": 1}]
    for shape in shapes:
        response = await owner.execute(mutation_text(mutation), {"i": shape})
        assert set(codes(response)) == {"BAD_USER_INPUT"}
        assert response.is_request_error


@pytest.mark.parametrize("levels", [20, 200, 900])
async def test_no_nesting_of_a_filter_breaks_anything(
    owner: GraphClient, board: FullBoard, levels: int
) -> None:
    nested: Any = {}
    for _ in range(levels):
        nested = {"not": {"and": [nested]}}
    text = """query($slug: String!, $filter: TaskFilter) {
      tasks(workspaceSlug: $slug, filter: $filter) { totalCount }
    }"""
    slug = board.world.workspace.slug
    response = await owner.execute(text, {"slug": slug, "filter": nested})
    _require_documented(response, levels)
    assert (response.errors == ()) is (levels == 20)


@pytest.mark.parametrize(
    "literal",
    [r'"\u0000"', r'"\uD800"', r'"\u{10FFFF}"', '"""\n"""', '"\\""', "9" * 5_000, "-0", "1e999",
     "null", "[]", "{}", "{a: $b}", "$b", "ENUM", "true"],
)  # fmt: skip
@pytest.mark.parametrize(
    "field",
    [
        "task(id: %s) { id }",
        "task(key: %s) { id }",
        "nodes(ids: %s) { id }",
        'tasks(workspaceSlug: "x", first: %s) { totalCount }',
        'tasks(workspaceSlug: "x", filter: { dueDate: { lt: %s } }) { totalCount }',
        'tasks(workspaceSlug: "x", filter: { createdAt: { lt: %s } }) { totalCount }',
        'tasks(workspaceSlug: "x", filter: { title: { in: [%s] } }) { totalCount }',
    ],
)
async def test_no_literal_breaks_anything(owner: GraphClient, field: str, literal: str) -> None:
    response = await owner.execute("{ " + field % literal + " }")
    _require_documented(response, literal)


@pytest.mark.parametrize("text", [*TEXTS, "{", "}", "\ufeff{viewer{id}}", "query" * 1_000])
async def test_no_document_breaks_anything(owner: GraphClient, text: str) -> None:
    response = await owner.execute(text)
    _require_documented(response, text)
    response = await owner.execute("query A { viewer { id } }", operation_name=text)
    _require_documented(response, text)
