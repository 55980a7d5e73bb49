"""CompleteValue: a column of raw values becomes a column of response values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from itertools import chain
from types import NoneType
from typing import Any, Final

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    default_type_resolver,
    is_object_type,
)
from graphql.pyutils import inspect, is_awaitable

from graph.engine.columns import (
    ORDINARY,
    Column,
    NeedsAwait,
    is_absent,
    is_stream,
    materialize,
    read_column,
)
from graph.engine.errors import not_iterable_error, null_error, wrong_type_error
from graph.engine.leaves import Inline, LeafCoercion
from graph.engine.plan import FieldPlan, SelectionPlan
from graph.engine.state import ExecutionState

_LISTS: Final[set[type]] = {list, tuple}
_LISTS_OR_NULL: Final = {list, tuple, NoneType}
_NULL: Final[set[type]] = {NoneType}


class ColumnCompletion(ABC):
    """What completing has in common: nulls, failures, and values that must be awaited."""

    list_depth = 0
    is_shareable = True
    inline: Inline | None = None

    def __init__(self, field: FieldPlan, *, is_nullable: bool) -> None:
        self.field = field
        self.is_nullable = is_nullable

    def complete(self, column: Column, state: ExecutionState) -> Column:
        """What stands in the response for each value; raise NeedsAwait to have it settled."""
        return self.complete_classes(column, set(map(type, column)), state)

    def complete_classes(self, column: Column, classes: set[type], state: ExecutionState) -> Column:
        """The same, for values of the given classes."""
        if NoneType in classes:
            return self._complete_with_nulls(column, classes, state)
        if ORDINARY.include(classes):
            return self.complete_present(column, classes, state)
        return self._complete_uncommon(column, state)

    @abstractmethod
    def complete_present(self, column: Column, classes: set[type], state: ExecutionState) -> Column:
        """The same for values that are present, of the given classes."""

    def _complete_with_nulls(
        self, column: Column, classes: set[type], state: ExecutionState
    ) -> Column:
        if self.is_nullable:
            if len(classes) == 1:
                return column
            classes = classes - _NULL
            if ORDINARY.include(classes):
                present = [value for value in column if value is not None]
                completed = iter(self.complete_present(present, classes, state))
                return [None if value is None else next(completed) for value in column]
        return self._complete_uncommon(column, state)

    def _complete_uncommon(self, column: Column, state: ExecutionState) -> Column:
        if any(map(is_awaitable, column)):
            raise NeedsAwait
        completed: Column = [None] * len(column)
        places: list[int] = []
        for place, value in enumerate(column):
            if isinstance(value, Exception):
                completed[place] = state.fail(value)
            elif not is_absent(value):
                places.append(place)
            elif not self.is_nullable:
                error = null_error(self.field.parent_type, self.field.name)
                completed[place] = state.fail(error)
        present = [column[place] for place in places]
        scatter(self.complete_present(present, set(map(type, present)), state), completed, places)
        return completed


def scatter(values: Column, column: Column, places: list[int]) -> None:
    """Put each value in its place of the column."""
    for place, value in zip(places, values, strict=True):
        column[place] = value


class LeafCompletion(ColumnCompletion):
    """Scalars and enums."""

    def __init__(self, field: FieldPlan, coercion: LeafCoercion, *, is_nullable: bool) -> None:
        super().__init__(field, is_nullable=is_nullable)
        self._coercion = coercion
        self.inline = coercion.inline

    def complete(self, column: Column, state: ExecutionState) -> Column:
        """Results, and failures in place of what has none."""
        classes = set(map(type, column))
        known = self._coercion.known_results(column, classes)
        return self.complete_classes(column, classes, state) if known is None else known

    def complete_present(self, column: Column, classes: set[type], state: ExecutionState) -> Column:
        """The values as the type's results."""
        known = self._coercion.known_results(column, classes)
        if known is not None:
            return known
        coerced = self._coercion.coerce(column)
        if ORDINARY.include(set(map(type, coerced))):
            return coerced
        return [state.fail(value) if isinstance(value, Exception) else value for value in coerced]


class ListCompletion(ColumnCompletion):
    """Lists: all items of all lists are one column."""

    def __init__(self, field: FieldPlan, item: ColumnCompletion, *, is_nullable: bool) -> None:
        super().__init__(field, is_nullable=is_nullable)
        self.item = item
        self.list_depth = item.list_depth + 1
        self.is_shareable = item.is_shareable

    def complete(self, column: Column, state: ExecutionState) -> Column:
        """Lists of completed items."""
        classes = set(map(type, column))
        if self.list_depth > 1 or not classes <= _LISTS_OR_NULL:
            materialize(column, self.list_depth)
            classes = set(map(type, column))
        return self.complete_classes(column, classes, state)

    def complete_present(self, column: Column, classes: set[type], state: ExecutionState) -> Column:
        """The lists, and failures in place of what is none."""
        if not classes <= _LISTS:
            return self._complete_what_is_iterable(column, state)
        items = list(chain.from_iterable(column))
        completed = self.item.complete(items, state)
        if len(column) == 1:
            return [completed]
        lists: Column = []
        start = 0
        for length in map(len, column):
            end = start + length
            lists.append(completed[start:end])
            start = end
        return lists

    def _complete_what_is_iterable(self, column: Column, state: ExecutionState) -> Column:
        if any(map(is_stream, column)):
            raise NeedsAwait
        completed: Column = [None] * len(column)
        places: list[int] = []
        for place, value in enumerate(column):
            # Whatever is iterable has been made a list by now.
            if isinstance(value, (list, tuple)):
                places.append(place)
            else:
                error = not_iterable_error(self.field.parent_type, self.field.name)
                completed[place] = state.fail(error)
        lists = [column[place] for place in places]
        scatter(self.complete_present(lists, _LISTS, state), completed, places)
        return completed


class ObjectCompletion(ColumnCompletion):
    """Objects of one type."""

    def __init__(
        self,
        field: FieldPlan,
        selection: SelectionPlan,
        source_classes: Collection[type],
        *,
        is_nullable: bool,
    ) -> None:
        super().__init__(field, is_nullable=is_nullable)
        self.selection = selection
        self.is_shareable = selection.is_shareable
        self._source_classes = frozenset(source_classes)

    def complete(self, column: Column, state: ExecutionState) -> Column:
        """An object for each source."""
        # One that is known to be shown as the type needs no further question.
        if len(column) == 1 and type(column[0]) in self._source_classes:
            return self.selection.execute(column, state)
        return super().complete(column, state)

    def complete_present(self, column: Column, classes: set[type], state: ExecutionState) -> Column:
        """The objects, and failures in place of sources of other types."""
        object_type = self.selection.object_type
        if object_type.is_type_of is None or classes <= self._source_classes:
            return self._executed(column, state)
        info = state.type_info(self.field)
        verdicts = read_column(lambda source: object_type.is_type_of(source, info), column)  # type: ignore[misc]
        if all(verdict is True for verdict in verdicts):
            return self._executed(column, state)
        completed: Column = [None] * len(column)
        places: list[int] = []
        for place, verdict in enumerate(verdicts):
            if isinstance(verdict, Exception):
                completed[place] = state.fail(verdict)
            elif verdict:
                places.append(place)
            else:
                completed[place] = state.fail(wrong_type_error(object_type, column[place]))
        scatter(self._executed([column[place] for place in places], state), completed, places)
        return completed

    def _executed(self, sources: Column, state: ExecutionState) -> Column:
        """An object for each source, or the same one for the same source."""
        if len(sources) == 1 or not self.is_shareable:
            return self.selection.execute(sources, state)
        ids = list(map(id, sources))
        source_by_id = dict(zip(ids, sources, strict=True))
        if len(source_by_id) == len(sources):
            return self.selection.execute(sources, state)
        objects = self.selection.execute(list(source_by_id.values()), state)
        object_by_id = dict(zip(source_by_id, objects, strict=True))
        return list(map(object_by_id.__getitem__, ids))


class AbstractCompletion(ColumnCompletion):
    """Objects of an interface or union: those of one type at run time are one column."""

    # Which type it is may depend on more than the source.
    is_shareable = False

    def __init__(
        self,
        field: FieldPlan,
        abstract_type: GraphQLAbstractType,
        schema: GraphQLSchema,
        plan_for: Callable[[GraphQLObjectType], ObjectCompletion],
        *,
        is_nullable: bool,
    ) -> None:
        super().__init__(field, is_nullable=is_nullable)
        self._abstract_type = abstract_type
        self._schema = schema
        self._plan_for = plan_for
        self._completion_by_type: dict[GraphQLObjectType, ObjectCompletion] = {}

    def complete_present(
        self,
        column: Column,
        classes: set[type],  # noqa: ARG002 - a class does not tell the type
        state: ExecutionState,
    ) -> Column:
        """The objects, and failures where no type was found."""
        info = state.type_info(self.field)
        types = read_column(lambda source: self._runtime_type(source, info), column)
        completed: Column = [None] * len(column)
        places_by_type: dict[GraphQLObjectType, list[int]] = {}
        for place, runtime_type in enumerate(types):
            if isinstance(runtime_type, Exception):
                completed[place] = state.fail(runtime_type)
            else:
                places_by_type.setdefault(runtime_type, []).append(place)
        for runtime_type, places in places_by_type.items():
            completion = self._completion(runtime_type)
            sources = [column[place] for place in places]
            objects = completion.complete_present(sources, set(map(type, sources)), state)
            state.selection_by_object_id.update(
                dict.fromkeys(map(id, objects), completion.selection)
            )
            scatter(objects, completed, places)
        return completed

    def _completion(self, runtime_type: GraphQLObjectType) -> ObjectCompletion:
        known = self._completion_by_type.get(runtime_type)
        if known is None:
            known = self._completion_by_type[runtime_type] = self._plan_for(runtime_type)
        return known

    def _runtime_type(self, source: object, info: GraphQLResolveInfo[Any]) -> GraphQLObjectType:
        """ResolveAbstractType; raise GraphQLError when the answer is no type this can be."""
        resolve = self._abstract_type.resolve_type or default_type_resolver
        name = resolve(source, info, self._abstract_type)
        if is_awaitable(name):
            raise TypeError(f"The type resolver of '{self._abstract_type}' is asynchronous.")
        return self._valid_type(name, source)

    def _valid_type(self, name: object, source: object) -> GraphQLObjectType:
        abstract_type, field = self._abstract_type, f"{self.field.parent_type}.{self.field.name}"
        must_resolve = (
            f"Abstract type '{abstract_type}' must resolve to an Object type at runtime"
            f" for field '{field}'"
        )
        if name is None:
            raise GraphQLError(
                f"{must_resolve}. Either the '{abstract_type}' type should provide"
                " a 'resolve_type' function or each possible type should provide"
                " an 'is_type_of' function."
            )
        if not isinstance(name, str):
            raise GraphQLError(
                f"{must_resolve} with value {inspect(source)}, received '{inspect(name)}',"
                " which is not a valid Object type name."
            )
        runtime_type = self._schema.get_type(name)
        if runtime_type is None:
            raise GraphQLError(
                f"Abstract type '{abstract_type}' was resolved to a type"
                f" '{name}' that does not exist inside the schema."
            )
        if not is_object_type(runtime_type):
            raise GraphQLError(
                f"Abstract type '{abstract_type}' was resolved to a non-object type '{name}'."
            )
        if not self._schema.is_sub_type(abstract_type, runtime_type):
            raise GraphQLError(
                f"Runtime Object type '{runtime_type}' is not a possible"
                f" type for '{abstract_type}'."
            )
        return runtime_type
