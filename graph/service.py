"""Executing GraphQL requests, whatever transport they came by."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLError

from domain.errors import Unavailable
from graph.context import GraphContext
from graph.deadline import Deadline
from graph.documents import DocumentCache, PreparedOperation
from graph.engine import Engine, Executor, ReferenceExecutor
from graph.engine.subscription import PlannedSubscription
from graph.errors import (
    OPERATION_NOT_ALLOWED,
    QUERY_TOO_COMPLEX,
    execution_errors,
    raised_error,
    request_error,
)
from graph.field_sources import StrawberrySources
from graph.live_updates import LiveOperation, LiveResponses, LiveUpdates, response_of
from graph.operation import GraphRequest, GraphResponse, OperationFacts, OperationType
from graph.schema import SCHEMA, executable_schema
from graph.viewer_dependence import ViewerDependence

# Longer than any statement may take; what is slower is stuck.
EXECUTION_SECONDS: Final = 30.0


class GraphService:
    """Parses, validates, limits and executes. Raises nothing but CancelledError."""

    def __init__(self, *, engine: bool = True) -> None:
        """Without the engine, graphql-core executes everything."""
        self._schema = executable_schema()
        self._documents = DocumentCache(self._schema)
        sources = StrawberrySources(SCHEMA)
        self._dependence = ViewerDependence(self._schema, sources)
        self._executor: Executor = (
            Engine(self._schema, sources) if engine else ReferenceExecutor(self._schema)
        )

    @property
    def documents(self) -> DocumentCache:
        """The documents and plans in memory."""
        return self._documents

    def operation_type(self, request: GraphRequest) -> OperationType | GraphResponse:
        """Which operation would run, or the request error that says why none would."""
        prepared = self._prepare(request)
        return prepared if isinstance(prepared, GraphResponse) else prepared.type

    async def execute(
        self,
        request: GraphRequest,
        context: GraphContext,
        *,
        allowed: frozenset[OperationType],
    ) -> GraphResponse:
        """The response to a query or mutation; other types of operation are a request error."""
        prepared = self._prepare(request, context)
        if isinstance(prepared, GraphResponse):
            return prepared
        if prepared.type not in allowed:
            return request_error(
                [GraphQLError(f"A {prepared.type.value} can't be executed here.")],
                OPERATION_NOT_ALLOWED,
            )
        context.selected = prepared.selected
        try:
            with Deadline(EXECUTION_SECONDS):
                return await self._answer(prepared, request, context)
        except TimeoutError:
            late = Unavailable(f"The operation took longer than {EXECUTION_SECONDS:.0f} s.")
            return GraphResponse(data=None, errors=(raised_error(late),))
        except Unavailable as error:
            return GraphResponse(data=None, errors=(raised_error(error),))
        finally:
            # Loaders know the context and it knows them: what they hold, which may be a whole
            # board, would wait for the garbage collector.
            context.renew()

    async def _answer(
        self, prepared: PreparedOperation, request: GraphRequest, context: GraphContext
    ) -> GraphResponse:
        async def execute() -> GraphResponse:
            result = await self._executor.execute(
                prepared.operation, context=context, variable_values=request.variables
            )
            return response_of(result)

        if prepared.snapshot is None or context.snapshots is None or context.viewer is None:
            return await execute()
        return await context.snapshots.answer(
            prepared.snapshot, request.variables, context, execute
        )

    async def subscribe(
        self, request: GraphRequest, context: GraphContext
    ) -> AsyncGenerator[GraphResponse, None] | GraphResponse:
        """The responses to a subscription, or the one that says why it could not start."""
        prepared = self._prepare(request, context)
        if isinstance(prepared, GraphResponse):
            return prepared
        if prepared.type is not OperationType.SUBSCRIPTION:
            return request_error(
                [GraphQLError(f"A {prepared.type.value} can't be subscribed to.")],
                OPERATION_NOT_ALLOWED,
            )
        try:
            with Deadline(EXECUTION_SECONDS):
                started = await self._executor.subscribe(
                    prepared.operation, context=context, variable_values=request.variables
                )
        except TimeoutError:
            late = Unavailable(f"It took longer than {EXECUTION_SECONDS:.0f} s to start.")
            return _ended_by(late)
        if isinstance(started, ExecutionResult):
            return GraphResponse(
                data=None, errors=execution_errors(started.errors), is_request_error=True
            )
        responses = _responses(started)
        if isinstance(started, PlannedSubscription) and isinstance(started.source, LiveUpdates):
            live = self._live(prepared, request, context, started, started.source)
            return LiveResponses(responses, live)
        return responses

    def _live(
        self,
        prepared: PreparedOperation,
        request: GraphRequest,
        context: GraphContext,
        started: PlannedSubscription,
        updates: LiveUpdates,
    ) -> LiveOperation:
        operation = prepared.operation
        traits = self._dependence.traits(operation)
        given = {
            name: value for name, value in request.variables.items() if name in traits.variables
        }
        selection = operation, orjson.dumps(given, option=orjson.OPT_SORT_KEYS)
        viewer_id = context.require_viewer() if traits.depends_on_viewer else None
        return LiveOperation(
            topic=updates.topic,
            after=updates.after,
            is_shared=not traits.depends_on_viewer,
            key=(selection, updates.topic, viewer_id),
            batch_key=(selection, updates.topic.workspace_id, viewer_id),
            context=context,
            selected=prepared.selected,
            execute_events=started.execute_events,
        )

    def _prepare(
        self, request: GraphRequest, context: GraphContext | None = None
    ) -> PreparedOperation | GraphResponse:
        document = self._documents.get(request.query)
        if document.node is None or document.errors:
            return request_error(document.errors)
        try:
            prepared = document.prepared(request.operation_name, self._schema)
        except GraphQLError as error:
            return request_error([error])
        try:
            measure = prepared.require_moderate(request.variables)
        except GraphQLError as error:
            return request_error([error], QUERY_TOO_COMPLEX)
        if context is not None:
            context.facts = OperationFacts(prepared.operation.name, prepared.type, measure.cost)
        return prepared


async def _responses(
    results: AsyncIterator[ExecutionResult],
) -> AsyncGenerator[GraphResponse, None]:
    """Responses until the source ends; an error of the source is the last one."""
    try:
        async for result in results:
            yield response_of(result)
    except Exception as error:  # noqa: BLE001 - reported to the subscriber, masked and logged
        yield _ended_by(error)
    finally:
        close: Any = getattr(results, "aclose", None)
        if close is not None:
            await close()


def _ended_by(error: Exception) -> GraphResponse:
    return GraphResponse(data=None, errors=(raised_error(error),), is_request_error=True)
