"""The oracle: graphql-core's answer, and how the engine's may differ from it.

Data is always the same, and so is each error of a position that became null on its own.
Where several errors are moved up to one position, the specification has one of them
reported, and which ones graphql-core reports hangs on the order in which it is told of
them: there, both must report some, and none that did not happen. What happened is asked
of graphql-core with the propagation of errors switched off.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    parse,
)

from graph.engine import Engine, Executor, Operation, ReferenceExecutor, Sources
from tests.graph.engine.generated_operations import GeneratedOperation

ErrorKey: TypeAlias = tuple[str, tuple[str, ...], tuple[tuple[int, int], ...]]

_NO_PROPAGATION: Final = DirectiveNode(
    name=NameNode(value="experimental_disableErrorPropagation"), arguments=()
)


class Oracle:
    """Compares the engine with the reference on one schema."""

    def __init__(self, schema: GraphQLSchema, sources: Sources, context: Callable[[], Any]) -> None:
        self._engine = Engine(schema, sources)
        self._reference = ReferenceExecutor(schema)
        self._executors: tuple[Executor, ...] = (self._reference, self._engine)
        self._context = context

    async def require_same(
        self, generated: GeneratedOperation, *, root_value: object = None, is_ordered: bool
    ) -> None:
        """Fail where the results differ; `is_ordered` where the order of errors is certain."""
        operation = _operation(generated.text)
        assert self._engine.plans(operation, generated.variables), "it can be planned"
        expected, found = [
            await executor.execute(
                operation,
                context=self._context(),
                root_value=root_value,
                variable_values=generated.variables,
            )
            for executor in self._executors
        ]
        assert_same_data(found.data, expected.data)
        if is_ordered:
            assert list(map(_key, found.errors or ())) == list(map(_key, expected.errors or ()))
        elif expected.errors or found.errors:
            everything = await self._reference.execute(
                _unpropagated(generated.text),
                context=self._context(),
                root_value=root_value,
                variable_values=generated.variables,
            )
            assert_equivalent_errors(found, expected, everything)


def assert_same_data(found: object, expected: object) -> None:
    """Equal, in the same order of fields, with values of the same types."""
    assert repr(found) == repr(expected)


def assert_equivalent_errors(
    found: ExecutionResult, expected: ExecutionResult, everything: ExecutionResult
) -> None:
    """The same errors, but for a choice among those that null the same position."""
    happened = _by_position(everything, expected.data)
    reported = _by_position(found, expected.data)
    wanted = _by_position(expected, expected.data)
    assert reported.keys() == wanted.keys()
    for position, errors in reported.items():
        assert errors <= happened[position]
        if len(happened[position]) == 1:
            assert errors == wanted[position]


def _by_position(result: ExecutionResult, data: object) -> dict[tuple[Any, ...], set[ErrorKey]]:
    """The errors by the position that is null because of them."""
    errors: dict[tuple[Any, ...], set[ErrorKey]] = {}
    for error in result.errors or ():
        errors.setdefault(_nulled(error, data), set()).add(_key(error))
    return errors


def _nulled(error: GraphQLError, data: Any) -> tuple[Any, ...]:  # noqa: ANN401
    passed: list[Any] = []
    for key in error.path or ():
        if data is None:
            break
        data = data[key]
        passed.append(key)
    return tuple(passed)


def _key(error: GraphQLError) -> ErrorKey:
    path = tuple(map(repr, error.path or ()))
    return error.message, path, tuple((at.line, at.column) for at in error.locations or ())


def _operation(text: str) -> Operation:
    document = parse(text)
    return Operation(document, _node(document))


def _node(document: DocumentNode) -> OperationDefinitionNode:
    (node,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return node


def _unpropagated(text: str) -> Operation:
    document = parse(text)
    node = _node(document)
    changed = replace(node, directives=(*(node.directives or ()), _NO_PROPAGATION))
    definitions = tuple(changed if d is node else d for d in document.definitions)
    return Operation(replace(document, definitions=definitions), changed)
