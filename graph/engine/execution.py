"""ExecuteSelectionSet, breadth-first: level by level instead of object by object."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from types import CoroutineType

from graphql import ExecutionResult, OperationType, default_field_resolver
from graphql.pyutils import Path

from graph.engine.columns import (
    Column,
    Keys,
    NeedsAwait,
    await_all,
    distinct_keys,
    is_settled,
    read_column,
)
from graph.engine.plan import ExecutionPlan
from graph.engine.response import (
    find_field_errors,
    handle_field_errors,
    object_paths,
)
from graph.engine.sources import Arguments, Context, Function, Property, Relation, Source
from graph.engine.state import ExecutionState, PendingField


@dataclass(slots=True, eq=False)
class _Request:
    """A pending relation: a key for each parent."""

    pending: PendingField
    # An Exception where the key or the arguments are wrong, None where nothing is loaded.
    keys: Column
    distinct: Keys
    # Those that are loaded.
    wanted: Keys


class _Batch:
    """Keys of one loader, from all fields of a level that ask it for the same."""

    def __init__(self, relation: Relation, batch_id: Hashable) -> None:
        self._relation = relation
        self._batch_id = batch_id
        self.requests: list[_Request] = []
        self.keys: Keys = {}
        # In the order of the keys.
        self.values: Sequence[object] = ()

    def add(self, request: _Request) -> None:
        """Load the request's keys, too."""
        self.requests.append(request)
        self.keys = self.keys | request.wanted if self.keys else request.wanted

    async def run(self, context: Context) -> None:
        """Load the values; what fails is every key's failure."""
        keys = list(self.keys)
        try:
            self.values = await self._relation.load(context, self._batch_id, keys)
            if len(self.values) != len(keys):
                raise ValueError(f"{len(self.values)} values were loaded for {len(keys)} keys")  # noqa: TRY301 - one handler for all
        except Exception as error:  # noqa: BLE001 - reported wherever a key was needed
            self.values = [error] * len(keys)


def _keys(relation: Relation, arguments: Arguments, sources: Sequence[Source]) -> Column:
    if relation.argument_key is None:
        return read_column(relation.key, sources)
    try:
        return [relation.argument_key(arguments)] * len(sources)
    except Exception as error:  # noqa: BLE001 - every parent's failure
        return [error] * len(sources)


class Execution:
    """Runs one plan once."""

    def __init__(self, plan: ExecutionPlan, state: ExecutionState) -> None:
        self._root = plan.root
        self._is_serial = plan.operation.operation is OperationType.MUTATION
        self._state = state
        # Of the objects in the response, while a round of pending fields is worked off.
        self._paths: dict[int, Path | None] | None = None

    async def run(self) -> ExecutionResult:
        """The result. Raises nothing but what resolvers raise that is no Exception."""
        state = self._state
        for plan in self._root.fields:
            if plan.constant is not None:
                state.data[plan.response_name] = plan.constant
                continue
            state.pending.append(PendingField(plan, [state.root_value], [state.data]))
            if self._is_serial:
                await self._complete_pending()
                if self._is_data_nulled():
                    break
        await self._complete_pending()
        if not state.has_failures:
            return ExecutionResult(state.data, None)
        data, errors = handle_field_errors(state, self._root)
        return ExecutionResult(data, errors or None)

    async def run_all(self, root_values: Sequence[Source]) -> list[ExecutionResult] | None:
        """A result for each root value, or None if any field failed: then each is run alone.

        No mutations. Equal objects of different results may be one; do not change them.
        """
        state = self._state
        state.others = [dict(state.data) for _ in root_values[1:]]
        objects = [state.data, *state.others]
        for plan in self._root.fields:
            if plan.constant is None:
                state.pending.append(PendingField(plan, root_values, objects))
                continue
            for data in objects:
                data[plan.response_name] = plan.constant
        await self._complete_pending()
        if state.has_failures:
            return None
        return [ExecutionResult(data, None) for data in objects]

    def _is_data_nulled(self) -> bool:
        """Whether a failure reached the top, so that no further mutation may run."""
        return self._state.has_failures and any(
            not error.nulled for error in find_field_errors(self._state, self._root)
        )

    async def _complete_pending(self) -> None:
        """Complete all fields, a level at a time: all loads of a level run concurrently."""
        while self._state.pending:
            unsettled, batches = self._start_level()
            waits = [pending.settle() for pending in unsettled]
            waits += [batch.run(self._state.context) for batch in batches]
            if not waits:
                return
            for outcome in await await_all(waits):
                if outcome is not None:
                    raise outcome
            self._state.level += 1
            for pending in unsettled:
                self._fill(pending)
            for batch in batches:
                for request in batch.requests:
                    self._fill_relation(request, batch.keys, batch.values)

    def _start_level(self) -> tuple[list[PendingField], list[_Batch]]:
        """Complete what need not wait, and what that makes pending; the rest is the level's."""
        unsettled: list[PendingField] = []
        batches: dict[Hashable, _Batch] = {}
        state = self._state
        while state.pending:
            pending_fields, state.pending = state.pending, []
            self._paths = None
            for pending in pending_fields:
                if pending.column is not None:
                    unsettled.append(pending)
                elif isinstance(pending.plan.source, Relation):
                    self._request(pending, pending.plan.source, batches)
                else:
                    pending.column = column = self._values(pending)
                    # A coroutine is no value yet; it would be found out with more effort.
                    if type(column[0]) is CoroutineType or not pending.complete(state):
                        unsettled.append(pending)
        return unsettled, list(batches.values())

    def _values(self, pending: PendingField) -> Column:
        """What the field's resolver returns, or the property is, for each parent."""
        plan, state = pending.plan, self._state
        if isinstance(plan.source, Property):
            return read_column(plan.source.read, pending.sources)
        try:
            arguments = plan.arguments(state)
        except Exception as error:  # noqa: BLE001 - every parent's failure
            return [error] * len(pending.sources)
        if isinstance(plan.source, Function):
            call, context = plan.source.call, state.context
            return read_column(lambda source: call(source, context, arguments), pending.sources)
        resolve = plan.definition.resolve or default_field_resolver
        column: Column = []
        for source, parent_path in zip(pending.sources, self._parent_paths(pending), strict=True):
            path = Path(parent_path, plan.response_name, plan.parent_type.name)
            try:
                column.append(resolve(source, state.resolve_info(plan, path), **arguments))
            except Exception as error:  # noqa: BLE001 - the failure of this one value
                column.append(error)
        return column

    def _parent_paths(self, pending: PendingField) -> list[Path | None]:
        if pending.objects[0] is self._state.data:
            return [None] * len(pending.objects)
        if self._paths is None:
            self._paths = object_paths(self._state, self._root)
        return [self._paths[id(parent)] for parent in pending.objects]

    def _request(
        self,
        pending: PendingField,
        relation: Relation,
        batches: dict[Hashable, _Batch],
    ) -> None:
        """Complete the field if its values are known; otherwise add their keys to a batch."""
        plan = pending.plan
        try:
            arguments = plan.arguments(self._state)
        except Exception as error:  # noqa: BLE001 - every parent's failure
            pending.column = [error] * len(pending.sources)
            self._fill(pending)
            return
        keys = _keys(relation, arguments, pending.sources)
        try:
            batch_id = plan.batch(relation, arguments)
        except Exception as error:  # noqa: BLE001 - the failure of all that would be loaded
            batch_id, keys = None, [key if is_settled(key) else error for key in keys]
        keys, distinct, wanted = distinct_keys(keys)
        if not wanted:
            # Absent keys and failures stand for themselves.
            pending.column = list(keys)
            self._fill(pending)
            return
        known = relation.find_known(self._state.context, batch_id, list(wanted))
        if known is not None and len(known) == len(wanted) == len(keys):
            # Each key is another one and loads something.
            pending.column = list(known)
            self._fill(pending)
            return
        request = _Request(pending, keys, distinct, wanted)
        if known is not None and len(known) == len(wanted):
            self._fill_relation(request, wanted, known)
            return
        place = (relation.load, batch_id)
        batch = batches.get(place)
        if batch is None:
            batch = batches[place] = _Batch(relation, batch_id)
        batch.add(request)

    def _fill_relation(
        self, request: _Request, loaded: Keys, values_loaded: Sequence[object]
    ) -> None:
        """Put the loaded values where their keys were; equal keys may share a value."""
        pending, keys = request.pending, request.keys
        if loaded is request.wanted and len(loaded) == len(keys):
            pending.column = list(values_loaded)
            self._fill(pending)
            return
        value_by_key = dict(zip(loaded, values_loaded, strict=True))
        # Absent keys and failures stand for themselves.
        if len(request.distinct) < len(keys) and pending.plan.completion.is_shareable:
            values = list(map(value_by_key.get, request.distinct, request.distinct))
            try:
                shared = pending.plan.completion.complete(values, self._state)
            except NeedsAwait:
                pass
            else:
                completed = dict(zip(request.distinct, shared, strict=True))
                pending.fill(list(map(completed.__getitem__, keys)))
                return
        pending.column = list(map(value_by_key.get, keys, keys))
        self._fill(pending)

    def _fill(self, pending: PendingField) -> None:
        """Complete the field now, or once its values have been settled."""
        if not pending.complete(self._state):
            self._state.pending.append(pending)
