"""The engine: executes what it can plan, and leaves the rest to the reference."""

import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLSchema
from graphql.execution import Executor as GraphQLExecutor
from graphql.execution import create_source_event_stream, map_source_to_response_event
from graphql.execution.values import VariableValues

from graph.engine.execution import Execution
from graph.engine.operation import Operation
from graph.engine.plan import ExecutionPlan
from graph.engine.planner import Planner
from graph.engine.reference import ReferenceExecutor
from graph.engine.sources import Context, Source, Sources
from graph.engine.state import ExecutionState
from graph.engine.subscription import PlannedSubscription


class Engine:
    """Executes operations on a schema, breadth-first.

    Results are those of graphql-core's `execute` and `subscribe` with `hide_suggestions`.
    """

    def __init__(self, schema: GraphQLSchema, sources: Sources) -> None:
        self._schema = schema
        self._planner = Planner(schema, sources)
        self._reference = ReferenceExecutor(schema)

    def plans(self, operation: Operation, variable_values: Mapping[str, Any] | None = None) -> bool:
        """Whether the operation is executed here, and not by the reference."""
        coerced = operation.coerced(self._schema, variable_values or {})
        return (
            isinstance(coerced, VariableValues)
            and operation.plan(self._planner, coerced.coerced) is not None
        )

    async def execute(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        """The result of a query or mutation."""
        coerced = operation.coerced(self._schema, variable_values or {})
        if isinstance(coerced, list):
            return ExecutionResult(None, coerced)
        plan = operation.plan(self._planner, coerced.coerced)
        if plan is None:
            return await self._reference.execute(
                operation, context=context, root_value=root_value, variable_values=variable_values
            )
        return await self._run(plan, coerced, context=context, root_value=root_value)

    async def subscribe(
        self,
        operation: Operation,
        *,
        context: Context = None,
        root_value: Source = None,
        variable_values: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[ExecutionResult] | ExecutionResult:
        """The results of a subscription, or the one that says why it could not start.

        They are a PlannedSubscription if their events are executed here.
        """
        source = GraphQLExecutor.build(
            self._schema,
            operation.document,
            root_value,
            context,
            dict(variable_values or {}),
            operation.name,
            hide_suggestions=True,
        )
        if isinstance(source, list):
            return ExecutionResult(None, source)
        plan = operation.plan(self._planner, source.variable_values.coerced)
        if plan is None:
            return await self._reference.subscribe(
                operation, context=context, root_value=root_value, variable_values=variable_values
            )
        stream = create_source_event_stream(source)
        if inspect.isawaitable(stream):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            return stream

        def execute_event(event: GraphQLExecutor[Any]) -> Any:  # noqa: ANN401 - a coroutine
            return self._run(
                plan, event.variable_values, context=context, root_value=event.root_value
            )

        async def execute_events(
            events: Sequence[Source], event_context: Context
        ) -> list[ExecutionResult]:
            return await self._run_all(plan, source.variable_values, event_context, events)

        return PlannedSubscription(
            source=stream,
            results=map_source_to_response_event(source, stream, execute_event),
            execute_events=execute_events,
        )

    async def _run(
        self,
        plan: ExecutionPlan,
        variable_values: VariableValues,
        *,
        context: Context,
        root_value: Source,
    ) -> ExecutionResult:
        return await Execution(plan, self._state(plan, variable_values, context, root_value)).run()

    async def _run_all(
        self,
        plan: ExecutionPlan,
        variable_values: VariableValues,
        context: Context,
        root_values: Sequence[Source],
    ) -> list[ExecutionResult]:
        """The results for many root values, of which each level is loaded in one pass."""
        if len(root_values) > 1:
            state = self._state(plan, variable_values, context, root_values[0])
            results = await Execution(plan, state).run_all(root_values)
            if results is not None:
                return results
        return [
            await self._run(plan, variable_values, context=context, root_value=root_value)
            for root_value in root_values
        ]

    def _state(
        self,
        plan: ExecutionPlan,
        variable_values: VariableValues,
        context: Context,
        root_value: Source,
    ) -> ExecutionState:
        return ExecutionState(
            schema=self._schema,
            operation=plan.operation,
            fragments=plan.fragments,
            variable_values=variable_values,
            root_value=root_value,
            context=context,
            data=plan.empty_data(),
        )
