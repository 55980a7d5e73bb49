"""Arguments are coerced as graphql-core coerces them, whatever stands around the variables."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_argument_values,
    get_variable_values,
    parse,
)
from graphql.execution.values import VariableValues

from graph.engine.arguments import ArgumentCoercion

_SDL: Final = """
  scalar Json
  enum Size { SMALL LARGE }
  input Place { column: ID! before: ID after: ID = "nobody" }
  input Move { task: ID! place: Place places: [Place!] size: Size = SMALL count: Int }
  input Wrapped { id: ID! }
  input Either @oneOf { key: String id: ID }
  type Query {
    move(input: Move!, tags: [String!], note: String = "none"): String
    find(by: Either, json: Json, wrapped: Wrapped): String
  }
"""


def _schema() -> GraphQLSchema:
    schema = build_schema(_SDL)
    wrapped = schema.type_map["Wrapped"]
    assert isinstance(wrapped, GraphQLInputObjectType)
    wrapped.out_type = lambda value: f"wrapped {value['id']}"  # type: ignore[method-assign]
    return schema


_SCHEMA: Final = _schema()
_DECLARED: Final = (
    "$t: ID $c: ID $b: ID $size: Size $n: Int $tag: String $tags: [String!] $place: Place"
)
# What is given, besides nothing at all.
_GIVEN: Final[tuple[Mapping[str, Any], ...]] = (
    {},
    {"t": "1", "c": "2", "b": "3", "size": "LARGE", "n": 4, "tag": "x", "tags": ["y"]},
    {"t": "1", "c": "2", "place": {"column": "5", "after": None}},
    {"t": None, "c": None, "b": None, "size": None, "n": None, "tag": None, "tags": None},
    {"t": "1", "c": "2", "b": None, "tag": "x"},
)
_FIELDS: Final = (
    "move(input: {task: $t})",
    "move(input: {task: $t, place: {column: $c, before: $b}, size: $size, count: $n})",
    'move(input: {task: "9", place: {column: $c, after: null}}, note: $tag, tags: $tags)',
    "move(input: {task: $t, place: $place}, tags: [$tag, $tag])",
    'move(input: {task: $t, places: [{column: $c}, {column: "8", before: $b}]}, tags: $tag)',
    "move(input: {task: $t, places: {column: $c}}, tags: [])",
    "move(input: {place: {column: $c}})",
    'find(json: {deep: [$t, {c: $c}], said: "x"})',
    "find(json: $t, by: {id: $t})",
    "find(by: {key: $tag, id: $t})",
    "find(wrapped: {id: $t})",
    'find(wrapped: {id: "7"}, by: {key: "k"})',
)


def _outcome(coerce: Any, variables: VariableValues) -> object:  # noqa: ANN401
    try:
        return coerce(variables)
    except GraphQLError as error:
        return error.message


def _coercion(text: str) -> tuple[ArgumentCoercion, OperationDefinitionNode, FieldNode]:
    [operation] = parse(f"query ({_DECLARED}) {{ {text} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    [node] = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    return ArgumentCoercion(_definition(node), node), operation, node


def _definition(node: FieldNode) -> GraphQLField:
    query_type = _SCHEMA.query_type
    assert query_type is not None
    definition: GraphQLField = query_type.fields[node.name.value]
    return definition


@pytest.mark.parametrize("text", _FIELDS)
def test_they_are_the_same_whatever_the_variables_are(text: str) -> None:
    coercion, operation, node = _coercion(text)
    for given in _GIVEN:
        values = get_variable_values(_SCHEMA, operation.variable_definitions or (), dict(given))
        assert isinstance(values, VariableValues)

        def expected(values: VariableValues) -> object:
            return get_argument_values(_definition(node), node, values, hide_suggestions=True)

        # Twice: what an execution gets, it does not share.
        for _ in range(2):
            assert _outcome(coercion.coerced, values) == _outcome(expected, values), given


def test_what_an_execution_gets_can_be_changed_without_harm_to_others() -> None:
    coercion, _, _ = _coercion('find(by: {id: $t}, json: "x")')
    first = coercion.coerced(VariableValues({}, {"t": "1"}))
    first["by"]["id"] = "changed"
    assert coercion.coerced(VariableValues({}, {"t": "2"})) == {"by": {"id": "2"}, "json": "x"}
