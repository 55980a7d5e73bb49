"""Columns: one field's values for all parents, in the order of the parents.

An Exception in a column is the failure of that one value.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Hashable, Sequence
from types import GeneratorType, NoneType
from typing import Any, Final, TypeAlias

from graphql.pyutils import Undefined, UndefinedType, is_awaitable, is_iterable

Column: TypeAlias = list[Any]
# A set that keeps its order.
Keys: TypeAlias = dict[Hashable, None]

# Beyond this many classes of values, what is known of them is learned anew.
_CLASSES_MAX: Final = 2_000


class NeedsAwait(Exception):
    """A column holds awaitables or asynchronous iterables."""


class OrdinaryClasses:
    """Classes of values that are present, no failure, and need not be awaited."""

    def __init__(self) -> None:
        self._known: set[type] = set()

    def include(self, classes: set[type]) -> bool:
        """Whether all the classes are ordinary."""
        if classes <= self._known:
            return True
        unknown = classes - self._known
        ordinary = {known for known in unknown if not _is_special(known)}
        if len(self._known) > _CLASSES_MAX:
            self._known.clear()
        self._known |= ordinary
        return ordinary == unknown


def _is_special(known: type) -> bool:
    return (
        known in (NoneType, UndefinedType, GeneratorType)
        or issubclass(known, Exception)
        or hasattr(known, "__await__")
    )


def is_stream(value: object) -> bool:
    """Whether the value is an asynchronous iterable."""
    return hasattr(value, "__aiter__")


def is_absent(value: object) -> bool:
    """Whether the value stands for null."""
    return value is None or value is Undefined


def read_column(read: Callable[[Any], object], sources: Sequence[Any]) -> Column:
    """What `read` returns or raises for each source."""
    if len(sources) == 1:
        try:
            return [read(sources[0])]
        except Exception as error:  # noqa: BLE001 - the failure of this one value
            return [error]
    column: Column = []
    values = map(read, sources)
    while len(column) < len(sources):
        try:
            # Extending keeps what came before an exception, and the map goes on behind it.
            column.extend(values)
            if len(column) < len(sources):
                column.append(StopIteration())
        except Exception as error:  # noqa: BLE001 - the failure of this one value
            column.append(error)
    return column


# Shared by all: what a class is does not depend on who asks.
ORDINARY: Final = OrdinaryClasses()


def is_settled(key: object) -> bool:
    """Whether nothing is loaded for the key: it is absent, or its failure."""
    return key is None or isinstance(key, Exception)


def distinct_keys(keys: Column) -> tuple[Column, Keys, Keys]:
    """The keys, each once, and those of them that are loaded.

    A failure takes the place of a key that can't be looked up.
    """
    try:
        if len(keys) == 1 and not is_settled(keys[0]):
            distinct = {keys[0]: None}
            return keys, distinct, distinct
        distinct = dict.fromkeys(keys)
    except TypeError:
        keys = [_hashable(key) for key in keys]
        distinct = dict.fromkeys(keys)
    if ORDINARY.include(set(map(type, distinct))):
        return keys, distinct, distinct
    return keys, distinct, {key: None for key in distinct if not is_settled(key)}


def _hashable(key: object) -> object:
    try:
        hash(key)
    except TypeError as error:
        return error
    return key


def materialize(column: Column, depth: int) -> None:
    """Make the column's iterables lists, in place and down to the depth; leave all else.

    An iterator can be read once only, and a column may have to be completed again.
    """
    for index, value in enumerate(column):
        if is_iterable(value) and not is_awaitable(value) and not is_stream(value):
            try:
                items = list(value)
            except Exception as error:  # noqa: BLE001 - the failure of this one value
                column[index] = error
                continue
            if depth > 1:
                materialize(items, depth - 1)
            column[index] = items


async def settle(column: Column, depth: int) -> None:
    """Await what is awaitable in the column, in place; in lists down to the depth as well."""
    if depth == 0 and len(column) == 1:
        # What resolvers of a mutation return, as a rule.
        if is_awaitable(column[0]):
            column[0] = await _outcome(column[0])
        return
    waiting = [index for index, value in enumerate(column) if is_awaitable(value)]
    settled = await await_all([column[index] for index in waiting])
    for index, value in zip(waiting, settled, strict=True):
        column[index] = value
    if depth == 0:
        return
    streams = [index for index, value in enumerate(column) if is_stream(value)]
    collected = await await_all([_items(column[index]) for index in streams])
    for index, value in zip(streams, collected, strict=True):
        column[index] = value
    materialize(column, depth)
    await await_all([settle(value, depth - 1) for value in column if isinstance(value, list)])


async def _items(stream: AsyncIterable[object]) -> list[object]:
    return [item async for item in stream]


async def await_all(awaitables: Sequence[Awaitable[Any]]) -> Column:
    """What the awaitables return or raise; run concurrently, cancelled together."""
    if not awaitables:
        return []
    # The first one needs no task of its own.
    first, *others = awaitables
    if not others:
        return [await _outcome(first)]
    futures = [asyncio.ensure_future(awaitable) for awaitable in others]
    try:
        return [await _outcome(first), *[await _outcome(future) for future in futures]]
    except BaseException:
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)
        raise


async def _outcome(awaitable: Awaitable[Any]) -> object:
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001 - the failure of this one value
        return error
