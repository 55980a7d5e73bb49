"""What one execution of an operation has got to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from graph.engine.collect_fields import Fragments
from graph.engine.columns import Column, NeedsAwait, settle
from graph.engine.errors import FieldFailure
from graph.engine.generated import ResponseObject
from graph.engine.sources import Context, Source

if TYPE_CHECKING:
    from graph.engine.plan import FieldPlan, SelectionPlan


@dataclass(slots=True, eq=False)
class PendingField:
    """A field that objects in the response still lack."""

    plan: "FieldPlan"
    sources: Sequence[Source]
    objects: list[ResponseObject]
    # Its values, when they are known but have to be awaited.
    column: Column | None = None

    async def settle(self) -> None:
        """Await what is awaitable in the column."""
        if self.column is not None:
            await settle(self.column, self.plan.completion.list_depth)

    def complete(self, state: "ExecutionState") -> bool:
        """Complete the column and give each object its value; False if it must be settled."""
        try:
            self.fill(self.plan.completion.complete(self.column or [], state))
        except NeedsAwait:
            return False
        return True

    def fill(self, completed: Column) -> None:
        """Give each object its value."""
        name = self.plan.response_name
        if len(self.objects) == 1:
            [self.objects[0][name]] = completed
            return
        for parent, value in zip(self.objects, completed, strict=True):
            parent[name] = value


@dataclass(slots=True, eq=False, kw_only=True)
class ExecutionState:
    """One execution: its inputs, the response so far, and what is still pending."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Fragments
    variable_values: VariableValues
    root_value: Source
    context: Context
    data: ResponseObject
    # The data of further root values that are executed together with this one.
    others: Sequence[ResponseObject] = ()
    # How often execution has waited.
    level: int = 0
    pending: list[PendingField] = field(default_factory=list)
    has_failures: bool = False
    # What was selected of each object whose type was found at run time, by the object's id.
    selection_by_object_id: "dict[int, SelectionPlan]" = field(default_factory=dict)

    def fail(self, error: Exception) -> FieldFailure:
        """What stands in the response for a value that failed now."""
        self.has_failures = True
        return FieldFailure(error, self.level)

    def resolve_info(self, plan: "FieldPlan", path: Path) -> GraphQLResolveInfo[Any]:
        """What resolvers and type resolvers are told."""
        return GraphQLResolveInfo(
            field_name=plan.name,
            field_nodes=plan.nodes,
            return_type=plan.definition.type,
            parent_type=plan.parent_type,
            path=path,
            schema=self.schema,
            fragments=self.fragments,
            root_value=self.root_value,
            operation=self.operation,
            variable_values=self.variable_values,
            context=self.context,
            is_awaitable=is_awaitable,
            abort_signal=None,
            async_helpers=_HELPERS,
        )

    def type_info(self, plan: "FieldPlan") -> GraphQLResolveInfo[Any]:
        """What type resolvers are told: all of a column the same, without their own path."""
        return self.resolve_info(plan, Path(None, plan.response_name, plan.parent_type.name))


def _track(values: Sequence[Any]) -> None:
    waiting = [value for value in values if is_awaitable(value)]
    if waiting:
        _tracked.add(future := asyncio.gather(*waiting, return_exceptions=True))
        future.add_done_callback(_tracked.discard)


# Keeps work that nobody waits for from being collected before it is done.
_tracked: set[asyncio.Future[Any]] = set()


def _gather(values: Sequence[Any]) -> Any:  # noqa: ANN401 - what the values return
    return gather_with_cancel(*values)


_HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
