"""graph-core's own scenarios of execution, with their answers written out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema, parse

from graph.engine import Engine, Executor, Operation, ReferenceExecutor, ResolverSources

_SDL: Final = """
  directive @unknown on FIELD
  interface Pet { name: String }
  type Cat implements Pet { name: String meows: Boolean }
  type Dog implements Pet { name: String barks: Boolean }
  union CatOrDog = Cat | Dog
  enum Size { SMALL LARGE }
  input Wish { size: Size! = SMALL count: Int }
  type Deep { sync: String syncNonNull: String! async: String nest: Deep nestNonNull: Deep! }
  type Query {
    a: String b: String deep: Deep deepNonNull: Deep!
    pets: [Pet] catOrDog: CatOrDog
    list: [Int] listNonNull: [Int!] nonNullList: [Int]! grid: [[Int!]!]
    echo(text: String = "unsaid", number: Int): String
    wish(wish: Wish): String
    size: Size
  }
  type Mutation { append(value: Int!, fails: Boolean = false): Int fail: Int! numbers: [Int!]! }
  type Subscription { ticked: Int! }
"""


def _schema() -> GraphQLSchema:
    schema = build_schema(_SDL)
    types: dict[str, Any] = {**schema.type_map}
    types["Pet"].resolve_type = types["CatOrDog"].resolve_type = lambda pet, *_: pet["kind"]
    return schema


_SCHEMA: Final = _schema()


def _operation(text: str) -> Operation:
    document = parse(text)
    (node,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return Operation(document, node)


def _fail(*_: object, **__: object) -> None:
    raise ValueError("it failed")


async def _later(value: object) -> object:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An operation and what becomes of it: messages of errors by path."""

    name: str
    query: str
    root: Mapping[str, Any]
    data: object
    errors: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


_NULL: Final = "Cannot return null for non-nullable field "
_PETS: Final = [{"kind": "Cat", "name": "Tom", "meows": True}, {"kind": "Dog", "name": "Rex"}]

SCENARIOS: Final = (
    Scenario(
        name="a nullable field that fails is null",
        query="{ a b }",
        root={"a": _fail, "b": "b"},
        data={"a": None, "b": "b"},
        errors={"a": "it failed"},
    ),
    Scenario(
        name="an exception that is returned is an error",
        query="{ a }",
        root={"a": RuntimeError("returned")},
        data={"a": None},
        errors={"a": "returned"},
    ),
    Scenario(
        name="null in a non-null field nulls its object",
        query="{ deep { sync syncNonNull } b }",
        root={"deep": {"sync": "s", "syncNonNull": None}, "b": "b"},
        data={"deep": None, "b": "b"},
        errors={"deep.syncNonNull": f"{_NULL}Deep.syncNonNull."},
    ),
    Scenario(
        name="null goes up through a chain of non-null fields",
        query="{ deep { nestNonNull { nestNonNull { syncNonNull } } } }",
        root={"deep": {"nestNonNull": {"nestNonNull": {"syncNonNull": _fail}}}},
        data={"deep": None},
        errors={"deep.nestNonNull.nestNonNull.syncNonNull": "it failed"},
    ),
    Scenario(
        name="null at the top nulls the data",
        query="{ b deepNonNull { syncNonNull } }",
        root={"b": "b", "deepNonNull": {"syncNonNull": None}},
        data=None,
        errors={"deepNonNull.syncNonNull": f"{_NULL}Deep.syncNonNull."},
    ),
    Scenario(
        name="an error below a position that is null already is not reported",
        query="{ deep { syncNonNull nest { sync } } }",
        root={"deep": {"syncNonNull": None, "nest": {"sync": _fail}}},
        data={"deep": None},
        errors={"deep.syncNonNull": f"{_NULL}Deep.syncNonNull."},
    ),
    Scenario(
        name="awaitables fail like values",
        query="{ deep { async sync } }",
        root={"deep": {"async": lambda _: _later(ValueError("later")), "sync": "s"}},
        data={"deep": {"async": None, "sync": "s"}},
        errors={"deep.async": "later"},
    ),
    Scenario(
        name="lists are any iterables, of values, failures and awaitables",
        query="{ list }",
        root={"list": lambda _: (x for x in (1, _later(2), None, ValueError("third")))},
        data={"list": [1, 2, None, None]},
        errors={"list.3": "third"},
    ),
    Scenario(
        name="a null item nulls a list of non-null items",
        query="{ listNonNull list }",
        root={"listNonNull": [1, None], "list": [None, 1]},
        data={"listNonNull": None, "list": [None, 1]},
        errors={"listNonNull.1": f"{_NULL}Query.listNonNull."},
    ),
    Scenario(
        name="a null item leaves a non-null list of nullable items alone",
        query="{ nonNullList }",
        root={"nonNullList": [1, None]},
        data={"nonNullList": [1, None]},
    ),
    Scenario(
        name="lists of lists are nulled as a whole",
        query="{ grid }",
        root={"grid": [[1, 2], [3, None]]},
        data={"grid": None},
        errors={"grid.1.1": f"{_NULL}Query.grid."},
    ),
    Scenario(
        name="what is no list is an error",
        query="{ list }",
        root={"list": "123"},
        data={"list": None},
        errors={"list": "Expected Iterable, but did not find one for field 'Query.list'."},
    ),
    Scenario(
        name="interfaces and unions take the fields of each element's own type",
        query="""{ pets { __typename name ...cat ... on Dog { barks } } catOrDog { ...cat } }
                 fragment cat on Cat { meows }""",
        root={"pets": _PETS, "catOrDog": _PETS[0]},
        data={
            "pets": [
                {"__typename": "Cat", "name": "Tom", "meows": True},
                {"__typename": "Dog", "name": "Rex", "barks": None},
            ],
            "catOrDog": {"meows": True},
        },
    ),
    Scenario(
        name="a type that is no possible one is an error",
        query="{ pets { name } }",
        root={"pets": [{"kind": "Deep"}, {"kind": None}]},
        data={"pets": [None, None]},
        errors={
            "pets.0": "Runtime Object type 'Deep' is not a possible type for 'Pet'.",
            "pets.1": "Abstract type 'Pet' must resolve to an Object type at runtime for field "
            "'Query.pets'. Either the 'Pet' type should provide a 'resolve_type' function or "
            "each possible type should provide an 'is_type_of' function.",
        },
    ),
    Scenario(
        name="fields are merged, and stand where they were asked for first",
        query="{ deep { nest { sync } } b a: b ...more } fragment more on Query "
        "{ deep { sync nest { syncNonNull } } }",
        root={"deep": {"nest": {"sync": "1", "syncNonNull": "2"}, "sync": "3"}, "b": "b"},
        data={"deep": {"nest": {"sync": "1", "syncNonNull": "2"}, "sync": "3"}, "b": "b", "a": "b"},
    ),
    Scenario(
        name="skip weighs more than include",
        query="query($y: Boolean!, $n: Boolean = false) "
        "{ a @include(if: $y) b @skip(if: $n) @include(if: $n) "
        "... @include(if: $y) { c: a @skip(if: $y) d: b @include(if: true) } }",
        root={"a": "a", "b": "b"},
        data={"a": "a", "d": "b"},
        variables={"y": True},
    ),
    Scenario(
        name="arguments take variables, their defaults, and null",
        query="query($t: String, $n: Int = 4) "
        "{ one: echo(text: $t, number: $n) two: echo(text: null) three: echo }",
        root={"echo": lambda _, **given: repr(sorted(given.items()))},
        data={
            "one": "[('number', 4), ('text', 'unsaid')]",
            "two": "[('text', None)]",
            "three": "[('text', 'unsaid')]",
        },
    ),
    Scenario(
        name="input objects have defaults",
        query="query($w: Wish) { wish(wish: $w) lit: wish(wish: {count: 2, size: LARGE}) }",
        root={"wish": lambda _, wish: repr(sorted(wish.items()))},
        data={
            "wish": "[('count', 1), ('size', 'SMALL')]",
            "lit": "[('count', 2), ('size', 'LARGE')]",
        },
        variables={"w": {"count": 1}},
    ),
    Scenario(
        name="variables of the wrong type are refused before anything runs",
        query="query($n: Int) { echo(number: $n) }",
        root={"echo": _fail},
        data=None,
        errors={
            "": "Variable '$n' has invalid value: Int cannot represent non-integer value: 'one'"
        },
        variables={"n": "one"},
    ),
    Scenario(
        name="an enum refuses what is none of its values",
        query="{ size list }",
        root={"size": "HUGE", "list": [2**31, "7", True, 1.0]},
        data={"size": None, "list": [None, 7, 1, 1]},
        errors={
            "size": "Enum 'Size' cannot represent value: 'HUGE'",
            "list.0": "Int cannot represent non 32-bit signed integer value: 2147483648",
        },
    ),
)


def _by_path(errors: list[GraphQLError] | None) -> dict[str, str]:
    return {".".join(map(str, error.path or ())): error.message for error in errors or ()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("kind", ["engine", "reference"])
async def test_scenario(scenario: Scenario, kind: str) -> None:
    executors: Mapping[str, Executor] = {
        "engine": Engine(_SCHEMA, ResolverSources()),
        "reference": ReferenceExecutor(_SCHEMA),
    }
    executor = executors[kind]
    result = await executor.execute(
        _operation(scenario.query), root_value=scenario.root, variable_values=scenario.variables
    )
    assert repr(result.data) == repr(scenario.data)
    assert _by_path(result.errors) == dict(scenario.errors)


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { queryType { name } } }",
        '{ a __type(name: "Query") { name } }',
        "{ a @unknown }",
        "query @unknown { a }",
        "{ deep { ...part @unknown } } fragment part on Deep { sync }",
    ],
)
async def test_what_cannot_be_planned_is_left_to_the_reference(text: str) -> None:
    engine = Engine(_SCHEMA, ResolverSources())
    operation = _operation(text)
    root = {"a": "a", "deep": {"sync": "s"}}
    assert not engine.plans(operation)
    expected = await ReferenceExecutor(_SCHEMA).execute(operation, root_value=root)
    assert await engine.execute(operation, root_value=root) == expected


async def test_mutations_run_one_after_the_other() -> None:
    log: list[str] = []

    async def append(_: object, value: int, *, fails: bool) -> int:
        log.append(f"start {value}")
        await asyncio.sleep(0)
        log.append(f"end {value}")
        return 1 // (not fails) * value

    engine = Engine(_SCHEMA, ResolverSources())
    operation = _operation(
        "mutation { a: append(value: 1) b: append(value: 2, fails: true) c: append(value: 3) }"
    )
    result = await engine.execute(operation, root_value={"append": append})
    assert result.data == {"a": 1, "b": None, "c": 3}
    assert log == ["start 1", "end 1", "start 2", "end 2", "start 3", "end 3"]


async def test_no_mutation_runs_after_the_data_is_null() -> None:
    log: list[int] = []
    root = {"append": lambda _, value, **__: log.append(value), "fail": _fail}
    engine = Engine(_SCHEMA, ResolverSources())
    operation = _operation("mutation { a: append(value: 1) fail b: append(value: 2) }")
    result = await engine.execute(operation, root_value=root)
    assert result.data is None
    assert _by_path(result.errors) == {"fail": "it failed"}
    assert log == [1]


async def test_each_event_of_a_subscription_is_a_result() -> None:
    async def ticks(*_: object) -> Any:  # noqa: ANN401
        for number in (1, None, 3):
            yield {"ticked": number}

    engine = Engine(_SCHEMA, ResolverSources())
    operation = _operation("subscription { ticked }")
    started: Any = await engine.subscribe(operation, root_value={"ticked": ticks})
    results = [(result.data, _by_path(result.errors)) async for result in started]
    assert results == [
        ({"ticked": 1}, {}),
        (None, {"ticked": f"{_NULL}Subscription.ticked."}),
        ({"ticked": 3}, {}),
    ]


async def test_cancelling_cancels_what_is_awaited() -> None:
    started, cancelled = asyncio.Event(), []

    async def wait(name: str) -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(name)
            raise

    engine = Engine(_SCHEMA, ResolverSources())
    root = {"a": lambda _: wait("a"), "b": lambda _: wait("b")}
    execution = asyncio.ensure_future(engine.execute(_operation("{ a b }"), root_value=root))
    await started.wait()
    execution.cancel()
    with pytest.raises(asyncio.CancelledError):
        await execution
    assert sorted(cancelled) == ["a", "b"]


async def test_resolvers_are_told_their_path() -> None:
    paths: list[list[str | int]] = []

    def note(info: Any) -> str:  # noqa: ANN401
        paths.append(info.path.as_list())
        return "Tom"

    engine = Engine(_SCHEMA, ResolverSources())
    root = {"pets": [{"kind": "Cat", "name": note}, {"kind": "Dog", "name": note}]}
    await engine.execute(_operation("{ pets { name } }"), root_value=root)
    assert paths == [["pets", 0, "name"], ["pets", 1, "name"]]


async def test_an_awaitable_that_fields_share_outlives_a_sibling_that_fails() -> None:
    shared: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    failing = ValueError("boom")
    root = {
        "deep": {"async": lambda _: shared, "syncNonNull": lambda _: _later(failing)},
        "b": lambda _: shared,
    }
    engine = Engine(_SCHEMA, ResolverSources())
    operation = _operation("{ deep { async syncNonNull } b }")
    execution = asyncio.ensure_future(engine.execute(operation, root_value=root))
    asyncio.get_running_loop().call_later(0.01, shared.set_result, "kept")
    result = await execution
    assert result.data == {"deep": None, "b": "kept"}
    assert _by_path(result.errors) == {"deep.syncNonNull": "boom"}
