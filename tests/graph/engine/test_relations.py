"""Relations are loaded for all parents at once."""

import asyncio
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    OperationDefinitionNode,
    build_schema,
    parse,
)

from graph.engine import CoerceColumn, Engine, FieldSource, Operation, Property, Relation, Resolver

_SCHEMA: Final = build_schema("""
  type Query { people: [Person!]! }
  type Person { id: Int! friend: Person boss: Person! pets(kind: String): [String!] }
""")


@dataclass(frozen=True, slots=True)
class Person:
    """A source."""

    id: int
    friend_id: int | None
    boss_id: int


def _require_known(given: Mapping[str, Any]) -> Hashable:
    if given.get("kind") == "dragon":
        raise ValueError("no dragons")
    return "pets", given.get("kind")


@dataclass(slots=True)
class Town:
    """Sources and loaders, which note what is loaded."""

    people: Mapping[int, Person]
    # Values of people that need not be loaded.
    known: Mapping[Hashable, object] = field(default_factory=dict)
    loads: list[tuple[Hashable, list[Hashable]]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    async def load(self, _: object, batch: Hashable, keys: Sequence[Hashable]) -> Sequence[object]:
        self.loads.append((batch, list(keys)))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if batch == ("pets", "lost"):
            raise LookupError("all pets are lost")
        if batch != "person":
            return [[f"{key}'s {batch}"] for key in keys]
        return [self.people.get(key, KeyError(key)) for key in keys]  # type: ignore[call-overload]

    def find_known(
        self, _: object, batch: Hashable, keys: Sequence[Hashable]
    ) -> Sequence[object] | None:
        if batch != "person" or not self.known.keys() >= set(keys):
            return None
        return [self.known[key] for key in keys]

    def field_source(
        self, parent_type: GraphQLObjectType, name: str, _: GraphQLField
    ) -> FieldSource:
        if parent_type.name == "Query":
            return Resolver()
        if name == "id":
            return Property.of_attribute("id")
        key = "id" if name == "pets" else f"{name}_id"
        return Relation(
            key=attrgetter(key),
            convert=lambda given: given,
            batch=_require_known if name == "pets" else lambda _: "person",
            load=self.load,
            find_known=self.find_known,
        )

    def source_classes(self, _: GraphQLObjectType) -> Collection[type]:
        return ()

    def coercion(self, _: GraphQLScalarType) -> CoerceColumn | None:
        return None

    async def ask(self, text: str) -> tuple[Any, list[tuple[str, str]]]:
        """The data, and paths and messages of errors."""
        document = parse(text)
        (node,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        engine = Engine(_SCHEMA, self)
        root = {"people": list(self.people.values())}
        result = await engine.execute(Operation(document, node), root_value=root)
        paths = [".".join(map(str, error.path or ())) for error in result.errors or ()]
        return result.data, list(zip(paths, [e.message for e in result.errors or ()], strict=True))


def a_town() -> Town:
    """Three people, two of whom have the same friend."""
    return Town({1: Person(1, 3, 1), 2: Person(2, 3, 1), 3: Person(3, None, 1)})


async def test_fields_that_ask_one_loader_share_a_batch_of_distinct_keys() -> None:
    town = a_town()
    data, errors = await town.ask("{ people { friend { id } boss { id } } }")
    assert errors == []
    assert data["people"][2] == {"friend": None, "boss": {"id": 1}}
    assert town.loads == [("person", [3, 1])]


async def test_each_level_is_one_batch() -> None:
    town = a_town()
    await town.ask("{ people { boss { friend { friend { id } } } } }")
    assert town.loads == [("person", [1]), ("person", [3])]


async def test_what_is_known_is_not_loaded() -> None:
    town = a_town()
    town.known = {1: town.people[1], 3: KeyError("known to be lost")}
    data, errors = await town.ask("{ people { boss { id friend { id } } pets } }")
    assert data["people"][0] == {"boss": {"id": 1, "friend": None}, "pets": ["1's ('pets', None)"]}
    assert errors == [(f"people.{n}.boss.friend", "'known to be lost'") for n in range(3)]
    assert town.loads == [(("pets", None), [1, 2, 3])]


async def test_keys_of_a_field_of_which_some_are_known_are_loaded_together() -> None:
    town = Town({1: Person(1, 3, 1), 2: Person(2, 1, 1), 3: Person(3, None, 1)})
    town.known = {1: town.people[1]}
    data, errors = await town.ask("{ people { friend { id } boss { id } } }")
    assert (data["people"][1], errors) == ({"friend": {"id": 1}, "boss": {"id": 1}}, [])
    assert town.loads == [("person", [3, 1])]


async def test_siblings_load_at_the_same_time() -> None:
    town = a_town()
    await town.ask('{ people { friend { id } pets a: pets(kind: "cat") } }')
    assert town.most_running == 3


async def test_no_key_loads_nothing() -> None:
    town = Town({3: Person(3, None, 3)})
    data, errors = await town.ask("{ people { friend { id } } }")
    assert (data, errors, town.loads) == ({"people": [{"friend": None}]}, [], [])


async def test_a_batch_that_fails_fails_for_every_parent() -> None:
    data, errors = await a_town().ask('{ people { pets(kind: "lost") } }')
    assert data == {"people": [{"pets": None}] * 3}
    assert errors == [(f"people.{n}.pets", "all pets are lost") for n in range(3)]


async def test_a_key_that_fails_fails_alone() -> None:
    town = Town({1: Person(1, 9, 1), 2: Person(2, 1, 1)})
    data, errors = await town.ask("{ people { friend { id } } }")
    assert data == {"people": [{"friend": None}, {"friend": {"id": 1}}]}
    assert errors == [("people.0.friend", "9")]


async def test_arguments_that_are_refused_load_nothing() -> None:
    town = a_town()
    data, errors = await town.ask('{ people { id pets(kind: "dragon") } }')
    assert [person["pets"] for person in data["people"]] == [None] * 3
    assert {message for _, message in errors} == {"no dragons"}
    assert town.loads == []


async def test_a_value_that_several_parents_share_fails_at_each_of_them() -> None:
    town = Town({1: Person(1, 3, 1), 2: Person(2, 3, 1), 3: Person(3, None, 9)})
    data, errors = await town.ask("{ people { id friend { id boss { id } } } }")
    assert [person["friend"] for person in data["people"]] == [None] * 3
    assert [path for path, _ in errors] == ["people.0.friend.boss", "people.1.friend.boss"]


@pytest.mark.parametrize("aliases", [1, 200, 201])
async def test_however_many_fields_an_object_has_they_are_the_same(aliases: int) -> None:
    names = [f"a{number}" for number in range(aliases)]
    fields = " ".join(f"{name}: id" for name in names)
    data, errors = await a_town().ask(f"{{ people {{ {fields} boss {{ {fields} }} }} }}")
    assert errors == []
    assert [list(person) for person in data["people"]] == [[*names, "boss"]] * 3
    assert data["people"][1] == {**dict.fromkeys(names, 2), "boss": dict.fromkeys(names, 1)}
