"""Valid operations on a schema, with all that operations can have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
    validate,
)
from hypothesis import strategies as st
from hypothesis_graphql import mutations, queries

from tests.graph.engine.operation_walk import OperationWalk

_VARIABLES: Final = {
    "$yes": "Boolean! = true",
    "$no": "Boolean = false",
    "$maybe": "Boolean!",
    "$count": "Int = 3",
}
_CONDITIONS: Final = ("true", "false", "$yes", "$no", "$maybe", "$maybe")
# Arguments that a variable can take the place of.
_COUNTS: Final = frozenset({"seed", "first"})


@dataclass(frozen=True, slots=True)
class GeneratedOperation:
    """An operation's text and its variables."""

    text: str
    variables: Mapping[str, Any]


class _Elaboration:
    """Adds what generated operations lack: conditions, aliases, named fragments, variables."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._fragments: list[str] = []

    def operation(self, nodes: list[Any]) -> GeneratedOperation:
        """One operation with all of the given ones and more in it."""
        selections = [selection for node in nodes for selection in node.selection_set.selections]
        body = self._selection_set(SelectionSetNode(selections=tuple(selections)))
        text = " ".join([body, *self._fragments])
        used = [f"{name}: {kind}" for name, kind in _VARIABLES.items() if name in text]
        declared = f"({', '.join(used)})" if used else ""
        variables: dict[str, Any] = {}
        if "$maybe" in text:
            variables["maybe"] = self._happens(0.5)
        if "$count" in text and self._happens(0.5):
            variables["count"] = self._random.randrange(6)
        return GeneratedOperation(
            f"{nodes[0].operation.value} Generated{declared} {text}", variables
        )

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def _selection_set(self, node: SelectionSetNode) -> str:
        selections = [self._selection(selection) for selection in node.selections]
        if self._happens(0.15):
            # Asked for twice: fields are merged.
            selections.append(self._selection(self._random.choice(node.selections)))
        if self._happens(0.15):
            selections.insert(self._random.randrange(len(selections) + 1), "__typename")
        if self._happens(0.1):
            selections = [f"...{self._condition()} {{ {' '.join(selections)} }}"]
        return "{ " + " ".join(selections) + " }"

    def _selection(self, node: SelectionNode) -> str:
        if isinstance(node, FieldNode):
            return self._field(node)
        assert isinstance(node, InlineFragmentNode)
        assert node.type_condition is not None
        condition = f"on {node.type_condition.name.value}"
        body = self._selection_set(node.selection_set)
        if self._happens(0.7):
            return f"... {condition}{self._condition()} {body}"
        name = f"Part{len(self._fragments)}"
        self._fragments.append(f"fragment {name} {condition} {body}")
        again = f" ...{name}" if self._happens(0.2) else ""
        return f"...{name}{self._condition()}{again}"

    def _field(self, node: FieldNode) -> str:
        alias = f"{node.alias.value}: " if node.alias else ""
        if not alias and self._happens(0.1):
            alias = f"{node.name.value}{self._random.randrange(2)}: "
        given = ", ".join(map(self._argument, node.arguments or ()))
        inner = self._selection_set(node.selection_set) if node.selection_set else ""
        arguments = f"({given})" if given else ""
        return f"{alias}{node.name.value}{arguments}{self._condition()} {inner}"

    def _argument(self, node: ArgumentNode) -> str:
        if node.name.value in _COUNTS and self._happens(0.4):
            return f"{node.name.value}: $count"
        return print_ast(node)

    def _condition(self) -> str:
        if not self._happens(0.12):
            return ""
        name = self._random.choice(("skip", "include"))
        return f" @{name}(if: {self._random.choice(_CONDITIONS)})"


def operations(
    schema: GraphQLSchema,
    *,
    is_mutation: bool = False,
    scalars: Mapping[str, st.SearchStrategy[Any]] | None = None,
) -> st.SearchStrategy[GeneratedOperation]:
    """Operations that are valid on the schema, as hypothesis-graphql makes them, with more."""
    generated = (mutations if is_mutation else queries)(schema, custom_scalars=dict(scalars or {}))
    return st.builds(
        lambda texts, seed: elaborated(texts, Random(seed)),  # noqa: S311 - no secret
        st.lists(generated, min_size=1, max_size=2),
        st.integers(0, 10**6),
    ).filter(lambda operation: is_valid(schema, operation))


def elaborated(texts: Sequence[str], random: Random) -> GeneratedOperation:
    """One operation with all of the given ones and more in it; it may not be valid."""
    return _Elaboration(random).operation([parse(text).definitions[0] for text in texts])


def is_valid(schema: GraphQLSchema, operation: GeneratedOperation) -> bool:
    """Whether the operation can be executed."""
    return not validate(schema, parse(operation.text))


def walked_operation(
    schema: GraphQLSchema,
    random: Random,
    *,
    literals: Mapping[str, Sequence[str]] | None = None,
    is_mutation: bool = False,
) -> GeneratedOperation:
    """A valid operation, larger than generated ones are."""
    while True:
        walk = OperationWalk(schema, random, literals or {})
        text = walk.mutation() if is_mutation else walk.query()
        operation = elaborated([text], random)
        if is_valid(schema, operation):
            return operation
