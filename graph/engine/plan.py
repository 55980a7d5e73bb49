"""The plan of an operation: its fields, merged, with their sources and completions."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Protocol

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
)

from graph.engine.arguments import ArgumentCoercion
from graph.engine.collect_fields import Fragments
from graph.engine.columns import Column, NeedsAwait
from graph.engine.generated import (
    Entry,
    LeafEntry,
    ObjectBuilder,
    ObjectReader,
    ResponseObject,
    column_reader,
    object_builder,
    object_reader,
)
from graph.engine.leaves import Inline
from graph.engine.sources import (
    Arguments,
    FieldSource,
    Function,
    Property,
    Relation,
    Resolver,
    Source,
)
from graph.engine.state import ExecutionState, PendingField

_NO_ARGUMENTS: Final[Arguments] = {}
# Of fewer sources, objects are made one by one; columns cost more before they cost less.
_COLUMNS_FROM: Final = 12
# Code for objects takes longer to compile than for columns; of so many fields it is not made.
_INLINED_FIELDS_MAX: Final = 200


class Completion(Protocol):
    """CompleteValue for one type, for a column of values."""

    field: "FieldPlan"
    # Whether null may stand here.
    is_nullable: bool
    # How many lists are around each other.
    list_depth: int
    # Whether equal sources may share one completed value.
    is_shareable: bool
    # How one value of a scalar or enum is completed; None for other types.
    inline: Inline | None

    def complete(self, column: Column, state: ExecutionState) -> Column:
        """What stands in the response for each value; raise NeedsAwait to have it settled."""


@dataclass(slots=True, eq=False, kw_only=True)
class FieldPlan:
    """One field of a selection."""

    response_name: str
    name: str
    # All nodes that ask for it.
    nodes: list[FieldNode]
    parent_type: GraphQLObjectType
    definition: GraphQLField
    source: FieldSource
    completion: Completion = field(init=False)
    # The value, if it is the same for all parents.
    constant: str | None = None
    # Otherwise arguments and batch are the same in each execution, and kept.
    depends_on_variables: bool
    _arguments: Arguments | None = field(default=None, init=False)
    _coercion: ArgumentCoercion | None = field(default=None, init=False)
    _batch: Hashable = field(default=None, init=False)
    _has_batch: bool = field(default=False, init=False)

    def arguments(self, state: ExecutionState) -> Arguments:
        """CoerceArgumentValues, then as the source takes them; raise what is wrong with them."""
        if self._arguments is not None:
            return self._arguments
        arguments = _NO_ARGUMENTS
        if self.definition.args or self.nodes[0].arguments:
            if self._coercion is None:
                self._coercion = ArgumentCoercion(self.definition, self.nodes[0])
            arguments = self._coercion.coerced(state.variable_values)
        if isinstance(self.source, (Relation, Function)):
            arguments = self.source.convert(arguments)
        if not self.depends_on_variables:
            self._arguments = arguments
        return arguments

    def batch(self, relation: Relation, arguments: Arguments) -> Hashable:
        """The relation's batch for these arguments; raise what is wrong with them."""
        if self._has_batch:
            return self._batch
        batch = relation.batch(arguments)
        if not self.depends_on_variables:
            self._batch, self._has_batch = batch, True
        return batch


class SelectionPlan:
    """The fields that are asked of one object type."""

    def __init__(self, object_type: GraphQLObjectType, fields: Sequence[FieldPlan]) -> None:
        self.object_type = object_type
        self.fields = fields
        self.is_shareable = not any(
            isinstance(plan.source, (Function, Resolver)) or not plan.completion.is_shareable
            for plan in fields
        )
        self._properties = [
            (plan, column_reader(plan.source))
            for plan in fields
            if plan.constant is None and isinstance(plan.source, Property)
        ]
        self._later = [plan for plan in fields if not isinstance(plan.source, Property)]
        # All but those that are in what `_read_object` makes.
        self._composed = [
            (plan, read) for plan, read in self._properties if plan.completion.inline is None
        ]
        self._columns_from = _COLUMNS_FROM if len(fields) <= _INLINED_FIELDS_MAX else 0

    def execute(self, sources: Sequence[Source], state: ExecutionState) -> list[ResponseObject]:
        """An object for each source; fields that wait for something become pending."""
        if not sources:
            return []
        objects: list[ResponseObject] | None = None
        if len(sources) < self._columns_from:
            objects = self._objects_one_by_one(sources, state)
        if objects is None:
            objects = self._objects_of_columns(sources, state)
        for plan in self._later:
            state.pending.append(PendingField(plan, sources, objects))
        return objects

    # Compiled when there are sources to need them: few plans need both.

    @cached_property
    def _build(self) -> ObjectBuilder:
        return object_builder(
            tuple((plan.response_name, plan.constant) for plan in self.fields),
            frozenset(plan.response_name for plan in self._later),
        )

    @cached_property
    def _read_object(self) -> ObjectReader:
        return object_reader([_entry(plan) for plan in self.fields])

    def _objects_of_columns(
        self, sources: Sequence[Source], state: ExecutionState
    ) -> list[ResponseObject]:
        columns: list[Column] = []
        unsettled: list[tuple[FieldPlan, Column]] = []
        for plan, read in self._properties:
            column = read(sources)
            try:
                columns.append(plan.completion.complete(column, state))
            except NeedsAwait:
                columns.append([None] * len(column))
                unsettled.append((plan, column))
        objects = self._build(len(sources), columns)
        for plan, column in unsettled:
            state.pending.append(PendingField(plan, sources, objects, column))
        return objects

    def _objects_one_by_one(
        self, sources: Sequence[Source], state: ExecutionState
    ) -> list[ResponseObject] | None:
        """The same for few sources; None if any has a value that only a column completes."""
        objects: list[ResponseObject] = []
        for source in sources:
            made = self._read_object(source)
            if made is None:
                return None
            objects.append(made)
        for plan, read in self._composed:
            pending = PendingField(plan, sources, objects, read(sources))
            if not pending.complete(state):
                state.pending.append(pending)
        return objects


def _entry(plan: FieldPlan) -> Entry | LeafEntry:
    if plan.constant is not None or not isinstance(plan.source, Property):
        return plan.response_name, plan.constant
    if plan.completion.inline is None:
        return plan.response_name, None
    return LeafEntry(
        response_name=plan.response_name,
        source=plan.source,
        inline=plan.completion.inline,
        is_nullable=plan.completion.is_nullable,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExecutionPlan:
    """An operation under given conditions, ready to be executed with any variables."""

    operation: OperationDefinitionNode
    fragments: Fragments
    root: SelectionPlan

    def empty_data(self) -> ResponseObject:
        """The response's data before anything is known."""
        return dict.fromkeys(field.response_name for field in self.root.fields)
