"""The reference: graphql-core's own executor, behind the engine's interface."""

import inspect
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLSchema, execute, subscribe

from graph.engine.operation import Operation
from graph.engine.sources import Context, Source


class Executor(Protocol):
    """Executes operations of validated documents. Raises nothing but CancelledError."""

    async def execute(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of a query or mutation."""

    async def subscribe(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[ExecutionResult] | ExecutionResult:
        """The results of a subscription, or the one that says why it could not start."""


class ReferenceExecutor:
    """Executes with graphql-core, object by object."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    async def execute(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of a query or mutation."""
        result = execute(
            self._schema,
            operation.document,
            root_value,
            context,
            dict(variable_values or {}),
            operation.name,
            hide_suggestions=True,
        )
        return await result if inspect.isawaitable(result) else result

    async def subscribe(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[ExecutionResult] | ExecutionResult:
        """The results of a subscription, or the one that says why it could not start."""
        started = subscribe(
            self._schema,
            operation.document,
            root_value,
            context,
            dict(variable_values or {}),
            operation.name,
            hide_suggestions=True,
        )
        return await started if inspect.isawaitable(started) else started
