"""HandleFieldErrors: from failures left in the response to nulls and located errors.

While fields execute, a value that failed leaves a `FieldFailure` in its place. One walk
afterwards finds each failure's path, moves its null up to the nearest nullable position,
and drops what lies below a position that was nulled before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import GraphQLError, located_error
from graphql.pyutils import Path

from graph.engine.completion import (
    AbstractCompletion,
    ListCompletion,
    ObjectCompletion,
)
from graph.engine.errors import FieldFailure
from graph.engine.generated import ResponseObject
from graph.engine.plan import Completion, FieldPlan, SelectionPlan
from graph.engine.state import ExecutionState

ResponsePath: TypeAlias = tuple[str | int, ...]

_DATA: Final[ResponsePath] = ()


@dataclass(frozen=True, slots=True)
class FieldError:
    """A failure at its place in the response."""

    path: ResponsePath
    # The position that becomes null: the path, or as much of it as is non-null above.
    nulled: ResponsePath
    plan: FieldPlan
    failure: FieldFailure

    def located(self) -> GraphQLError:
        """The error as it is reported."""
        return located_error(self.failure.error, self.plan.nodes, list(self.path))


def handle_field_errors(
    state: ExecutionState, root: SelectionPlan
) -> tuple[ResponseObject | None, list[GraphQLError]]:
    """The data with nulls in place of failures, and the errors in the order they happened."""
    found = sorted(find_field_errors(state, root), key=lambda error: error.failure.level)
    nulled: set[ResponsePath] = set()
    errors: list[GraphQLError] = []
    for error in found:
        if any(error.nulled[:length] in nulled for length in range(len(error.nulled) + 1)):
            continue
        nulled.add(error.nulled)
        errors.append(error.located())
    if _DATA in nulled:
        return None, errors
    for place in sorted(nulled, key=len):
        _set_null(state.data, place)
    return state.data, errors


def _set_null(data: ResponseObject, place: ResponsePath) -> None:
    container: Any = data
    for key in place[:-1]:
        container = container[key]
        if container is None:
            # Nulled already: equal sources may share one object.
            return
    container[place[-1]] = None


def find_field_errors(state: ExecutionState, root: SelectionPlan) -> list[FieldError]:
    """All failures, in the order in which fields are selected."""
    search = _FailureSearch(state)
    search.visit_object(state.data, root, _DATA, _DATA)
    return search.found


class _FailureSearch:
    def __init__(self, state: ExecutionState) -> None:
        self.found: list[FieldError] = []
        self._state = state

    def visit_object(
        self,
        value: ResponseObject,
        selection: SelectionPlan,
        path: ResponsePath,
        nullable: ResponsePath,
    ) -> None:
        """Look through an object; `nullable` is the nearest nullable position."""
        for plan in selection.fields:
            place = (*path, plan.response_name)
            self._visit(value[plan.response_name], plan.completion, place, nullable)

    def _visit(
        self,
        value: Any,  # noqa: ANN401 - as the completion says
        completion: Completion,
        path: ResponsePath,
        nullable: ResponsePath,
    ) -> None:
        nearest = path if completion.is_nullable else nullable
        if isinstance(value, FieldFailure):
            self.found.append(FieldError(path, nearest, completion.field, value))
        elif value is None:
            return
        elif isinstance(completion, ListCompletion):
            for index, item in enumerate(value):
                self._visit(item, completion.item, (*path, index), nearest)
        elif (selection := _selection_of(value, completion, self._state)) is not None:
            self.visit_object(value, selection, path, nearest)


def _selection_of(
    value: ResponseObject, completion: Completion, state: ExecutionState
) -> SelectionPlan | None:
    """What was selected of the value, or None if it is no object."""
    if isinstance(completion, ObjectCompletion):
        return completion.selection
    if isinstance(completion, AbstractCompletion):
        return state.selection_by_object_id[id(value)]
    return None


def object_paths(state: ExecutionState, root: SelectionPlan) -> dict[int, Path | None]:
    """The path of each object in the response so far, by the object's id."""
    paths: dict[int, Path | None] = {}
    waiting: list[tuple[ResponseObject, SelectionPlan, Path | None]] = [
        (data, root, None) for data in (state.data, *state.others)
    ]
    while waiting:
        value, selection, path = waiting.pop()
        paths[id(value)] = path
        for plan in selection.fields:
            place = Path(path, plan.response_name, selection.object_type.name)
            content = value[plan.response_name]
            waiting.extend(_objects_in(content, plan.completion, place, state))
    return paths


def _objects_in(
    value: Any,  # noqa: ANN401 - as the completion says
    completion: Completion,
    path: Path,
    state: ExecutionState,
) -> Iterator[tuple[ResponseObject, SelectionPlan, Path]]:
    """The objects in a field's value, with what was selected of them."""
    if isinstance(completion, ListCompletion) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects_in(item, completion.item, path.add_key(index), state)
    elif isinstance(value, dict):
        selection = _selection_of(value, completion, state)
        if selection is not None:
            yield value, selection, path
