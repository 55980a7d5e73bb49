"""A schema in which everything that can go wrong does, differently for each field and seed.

A source is a seed. What a field of it is follows from the seed, the field's name and its
type alone, so that two executors meet the same values, failures and delays.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Generator, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from random import Random
from typing import Any, Final, cast
from uuid import UUID

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    build_schema,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Undefined
from strawberry.dataloader import DataLoader

from graph.engine import CoerceColumn, FieldSource, Property, Relation, Resolver

_SDL: Final = """
interface Thing { id: ID! label: String peer: Thing must: Thing! }
type Leaf implements Thing {
  id: ID! label: String peer: Thing must: Thing!
  count: Int! ratio: Float flag: Boolean! color: Color! stamp: Stamp colors: [Color!]
  grid: [[Int!]!] cube: [[[String]!]]
}
type Branch implements Thing {
  id: ID! label: String peer: Thing must: Thing!
  things: [Thing!]! maybe: [Thing] mixed: [Mixed!] rows: [[Mixed]!]! leaf: Leaf! odd: Odd
  doom: Leaf
}
type Odd { text: String! words(prefix: String = "w"): [String!]! leaf: Leaf branches: [Branch!] }
union Mixed = Leaf | Branch | Odd
enum Color { RED GREEN BLUE }
scalar Stamp
type Query {
  thing(seed: Int): Thing leaf: Leaf branch: Branch! odd: Odd mixed: [Mixed!] things: [Thing]!
  rows: [[Mixed!]]
}
type Mutation { first(seed: Int): Branch second(seed: Int): Leaf! third: [Thing!] }
type Subscription { changed: Mixed! }
"""

# How deep sources lie below each other, and how often something is wrong with a value.
_DEPTH: Final = 5
_TROUBLE: Final = 0.08


class Color(Enum):
    """The values behind the schema's enum."""

    RED = 1
    GREEN = 2
    BLUE = 3


class Boom(Exception):
    """A resolver's own error."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A source."""

    kind: str
    number: int
    depth: int

    def random(self, purpose: str) -> Random:
        """Chance that is the same for everyone who asks."""
        return Random(f"{self.kind}/{self.number}/{self.depth}/{purpose}")  # noqa: S311 - no secret


def _serialize_stamp(value: object) -> object:
    if value == "refuse":
        raise ValueError("no stamp")
    return None if value == "none" else f"stamp {value}"


_KINDS: Final = {"Thing": ("Leaf", "Branch", "Branch"), "Mixed": ("Leaf", "Branch", "Odd")}
_GOOD: Final[dict[str, Sequence[Any]]] = {
    "Int": (1, 0, -5, 3.0, "7", True),
    "Float": (0.5, 2, "1.5", -0.0, True),
    "String": ("text", "", 12, 1.5, True, UUID(int=7)),
    "Boolean": (True, False, 1, 0.0),
    "ID": ("id", 5, UUID(int=5), UUID(int=6)),
    "Stamp": ("one", 2),
}
_BAD: Final[dict[str, Sequence[Any]]] = {
    "Int": (2**40, 1.5, "x", [1], {}),
    "Float": (float("nan"), "x", object),
    "String": ([1], {"a": 1}),
    "Boolean": ("yes", float("inf"), []),
    "ID": (True, [1], 1.5),
    "Stamp": ("refuse", "none"),
}


class Values:
    """What fields are: with delays, or all there at once."""

    def __init__(self, *, has_delays: bool) -> None:
        self._has_delays = has_delays

    def value(self, source: Seed, name: str, output_type: GraphQLOutputType) -> Any:  # noqa: ANN401
        """A field's value; raise what the field raises."""
        random = source.random(name)
        if random.random() < _TROUBLE / 2:
            raise Boom(f"{source.kind}.{name} {source.number}")
        return self._value(random, output_type, source)

    def _value(self, random: Random, output_type: GraphQLOutputType, source: Seed) -> Any:  # noqa: ANN401
        inner = output_type.of_type if is_non_null_type(output_type) else output_type
        if random.random() < _TROUBLE:
            value = random.choice((None, None, Undefined, Boom("returned"), self._wrong(inner)))
        elif is_list_type(inner):
            value = self._list(random, inner.of_type, source)
        else:
            value = self._single(random, inner, source)
        if self._has_delays and random.random() < _TROUBLE:
            return Later(value, random.randrange(3))
        return value

    def _list(self, random: Random, item_type: GraphQLOutputType, source: Seed) -> Any:  # noqa: ANN401
        size = random.choice((0, 1, 2, 3, 4)) if source.depth > 0 else 0
        items = [self._value(random, item_type, source) for _ in range(size)]
        forms: list[Callable[[], Any]] = [lambda: items, lambda: tuple(items), lambda: iter(items)]
        if self._has_delays:
            forms.append(lambda: _stream(items))
        return random.choice((forms[0], forms[0], *forms))()

    @staticmethod
    def _single(random: Random, named: Any, source: Seed) -> Any:  # noqa: ANN401
        if isinstance(named, GraphQLEnumType):
            return random.choice(tuple(Color))
        if isinstance(named, GraphQLScalarType):
            return random.choice(_GOOD[named.name])
        if source.depth == 0:
            return None
        kind = random.choice(_KINDS.get(named.name, (named.name,)))
        return Seed(kind, random.randrange(12), source.depth - 1)

    @staticmethod
    def _wrong(named: Any) -> Any:  # noqa: ANN401
        if isinstance(named, GraphQLScalarType):
            return _BAD[named.name][0]
        return "neither" if is_list_type(named) else Seed("Nothing", 0, 1)


class Later:
    """An awaitable that takes some turns of the event loop."""

    def __init__(self, value: object, turns: int) -> None:
        self._value = value
        self._turns = turns

    def __await__(self) -> Generator[Any, None, object]:
        for _ in range(self._turns):
            yield from asyncio.sleep(0).__await__()
        if isinstance(self._value, Boom):
            raise self._value
        return self._value


async def _stream(items: Sequence[object]) -> AsyncIterator[object]:
    for item in items:
        yield item


def _runtime_type(source: Seed, _info: object, abstract_type: GraphQLAbstractType) -> str | None:
    """The type's name, or seldom something else."""
    random = source.random(abstract_type.name)
    if random.random() > _TROUBLE:
        return source.kind
    if random.random() < 0.2:
        raise Boom(f"no type for {source.number}")
    return random.choice((None, "Nowhere", "Color", "Odd"))


def _is_odd(source: Seed, _info: object) -> bool:
    if source.number == 7:
        raise Boom("seven is odd")
    return source.kind == "Odd"


class Loaders:
    """The reference's loaders of one operation."""

    def __init__(self) -> None:
        self._loaders: dict[str, DataLoader[Seed, Any]] = {}

    def get(self, name: str) -> DataLoader[Seed, Any]:
        """The loader of the relation."""
        return self._loaders.setdefault(name, DataLoader(partial(_load, name)))


async def _load(name: str, keys: Sequence[Seed]) -> list[Any]:
    """Seeds of the values; `doom` fails for all."""
    await asyncio.sleep(0)
    if name == "doom":
        raise Boom("the loader failed")
    return [Boom(f"no {name}") if key.number == 3 else key for key in keys]


# Found by loaders where there are delays, otherwise by resolvers.
_RELATIONS: Final = frozenset({"peer", "must", "leaf", "odd", "doom"})
# Read by the engine itself.
_PROPERTIES: Final = frozenset({"id", "label", "count", "flag", "color", "stamp", "grid", "maybe"})


def a_root(number: int) -> Seed:
    """The source of root fields."""
    return Seed("Root", number, _DEPTH)


class NastySchema:
    """The schema, and for the engine its sources."""

    def __init__(self, *, has_delays: bool) -> None:
        self.schema = build_schema(_SDL)
        self._values = Values(has_delays=has_delays)
        self._relations = _RELATIONS if has_delays else frozenset()
        types: dict[str, Any] = {**self.schema.type_map}
        types["Color"].values.update({color.name: GraphQLEnumValue(color) for color in Color})
        types["Stamp"].coerce_output_value = _serialize_stamp
        types["Thing"].resolve_type = types["Mixed"].resolve_type = _runtime_type
        types["Odd"].is_type_of = _is_odd
        for type_name in ("Query", "Mutation", "Leaf", "Branch", "Odd"):
            for name, field in types[type_name].fields.items():
                field.resolve = self._resolver(types[type_name], name, field)
        types["Subscription"].fields["changed"].subscribe = _changes
        types["Subscription"].fields["changed"].resolve = lambda event, _: event

    def _resolver(
        self, parent_type: GraphQLObjectType, name: str, field: GraphQLField
    ) -> Callable[..., Any]:
        def resolve(source: object, info: GraphQLResolveInfo[Any], **given: Any) -> Any:  # noqa: ANN401
            if self._is_relation(parent_type, name):
                assert isinstance(source, Seed)
                key = self._key(source, name, field)
                # Shielded: graphql-core cancels the siblings of a failed field, and with an
                # awaitable that they share with others, the whole operation.
                return None if key is None else asyncio.shield(info.context.get(name).load(key))
            assert isinstance(source, Seed)
            return self._values.value(source, f"{name}{sorted(given.items())}", field.type)

        return resolve

    def _is_relation(self, parent_type: GraphQLObjectType, name: str) -> bool:
        return name in self._relations and parent_type.name in {"Leaf", "Branch", "Odd"}

    def _key(self, source: Seed, name: str, field: GraphQLField) -> Seed | None:
        """The value's seed: the value itself, as far as the loader lets it."""
        named: Any = field.type.of_type if is_non_null_type(field.type) else field.type
        random = source.random(name)
        if random.random() < _TROUBLE:
            raise Boom(f"no key for {name}")
        if source.depth == 0 or random.random() < _TROUBLE:
            return None
        kind = random.choice(_KINDS.get(named.name, (named.name,)))
        return Seed(kind, random.randrange(6), source.depth - 1)

    def field_source(
        self, parent_type: GraphQLObjectType, name: str, field: GraphQLField
    ) -> FieldSource:
        """A relation, a property, or the resolver."""
        if self._is_relation(parent_type, name):
            return Relation(
                key=lambda source: self._key(source, name, field),
                convert=lambda given: given,
                batch=lambda _: name,
                load=_load_batch,
            )
        if name in _PROPERTIES and parent_type.name not in {"Query", "Mutation"}:
            return Property(lambda source: self._values.value(source, f"{name}[]", field.type))
        return Resolver()

    def source_classes(self, object_type: GraphQLObjectType) -> Collection[type]:  # noqa: ARG002
        """None: a seed can be of any type."""
        return ()

    def coercion(self, scalar_type: GraphQLScalarType) -> CoerceColumn | None:  # noqa: ARG002
        """None."""
        return None


async def _load_batch(_: object, name: Hashable, keys: Sequence[Hashable]) -> Sequence[object]:
    return await _load(cast("str", name), cast("Sequence[Seed]", keys))


async def _changes(_source: object, _info: object) -> AsyncIterator[Seed]:
    for number in range(12):
        yield Seed(("Leaf", "Branch", "Odd")[number % 3], number, 2)
