"""Loaders: many keys in, one batch, values in the order of the keys."""

from abc import abstractmethod
from asyncio import Future, get_running_loop
from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from strawberry.dataloader import AbstractCache, DataLoader
from strawberry.exceptions import WrongNumberOfResultsReturned

from domain.errors import InvalidInput

if TYPE_CHECKING:
    from domain.readers import Readers
    from domain.reads import TasksFound, TasksWanted, Visibility
    from graph.context import GraphContext
    from graph.selected_fields import SelectedFields

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
A = TypeVar("A", bound=Hashable)


class Loader(Generic[K, V, A]):
    """Answers for many keys at once, with the same arguments for all.

    Subclasses are named `<Thing>By<Key>Loader`.
    """

    # Whether it finds different things for two members of one workspace.
    depends_on_viewer: ClassVar[bool] = False

    def __init__(self, context: "GraphContext", arguments: A) -> None:
        self.context = context
        self.arguments = arguments

    @classmethod
    def wanted_along(cls, selected: "SelectedFields") -> "TasksWanted | None":  # noqa: ARG003 - of others
        """What loading also brings of what the operation selects beside the object."""
        return None

    @classmethod
    def see_along(cls, context: "GraphContext", found: "TasksFound") -> None:  # noqa: ARG003 - as above
        """Let the operation know what came along with an object."""
        raise TypeError(f"nothing comes along with what {cls.__name__} loads")

    @property
    def readers(self) -> "Readers":
        """What the values are read from."""
        return self.context.readers

    @abstractmethod
    async def load_batch(self, keys: Sequence[K]) -> Sequence[V]:
        """N distinct keys → n values in the same order."""


class ReaderLoader(Loader[UUID, V, A]):
    """A loader whose values one reader's statement finds, within what the viewer may see."""

    async def load_batch(self, keys: Sequence[UUID]) -> Sequence[V]:
        """N distinct keys → n values in the same order; `absent` where there is none."""
        found = await self.read(keys, await self.context.visibility())
        try:
            return list(map(found.__getitem__, keys))
        except KeyError:
            return [found[key] if key in found else self.absent(key) for key in keys]

    @abstractmethod
    async def read(self, keys: Sequence[UUID], scope: "Visibility") -> Mapping[UUID, V]:
        """The values by key; keys without one are left out."""

    @abstractmethod
    def absent(self, key: UUID) -> V:
        """What a key without a value gets."""


class EntityLoader(ReaderLoader[V | None, None]):
    """One object per key, or None."""

    def absent(self, key: UUID) -> V | None:  # noqa: ARG002 - absence is the same for all
        """None."""
        return None


class ListLoader(ReaderLoader[Sequence[V], A]):
    """A list per key."""

    def absent(self, key: UUID) -> Sequence[V]:  # noqa: ARG002 - absence is the same for all
        """No items."""
        return ()


class CountLoader(ReaderLoader[int, A]):
    """A number per key."""

    def absent(self, key: UUID) -> int:  # noqa: ARG002 - absence is the same for all
        """Zero."""
        return 0


AnyLoader = Loader[Any, Any, Any]


class LoadObserver(Protocol):
    """Is told of every batch of every loader. Called often, so it is quick."""

    def is_tracing(self) -> bool | None:
        """Whether `loading` is wanted."""
        ...

    def loading(self, loader: type[AnyLoader], keys: int, /) -> AbstractContextManager[object]:
        """What a batch of so many keys is to be loaded in."""
        ...

    def loaded(self, batch: tuple[type[AnyLoader], int, int], /) -> None:
        """Note the keys of a batch that was loaded, or failed, and the nanoseconds it took."""
        ...


class LoadedValues(AbstractCache[Any, Any]):
    """What one loader found for an operation: a DataLoader's futures, and values of batches."""

    def __init__(self, loader: AnyLoader, observer: LoadObserver | None) -> None:
        self._loader = loader
        self._observer = observer
        self._futures: dict[Any, Future[Any]] = {}
        # A value that is an Exception is why there is none.
        self._values: dict[Any, Any] = {}
        # The first batch's keys and values, which are seldom asked for again.
        self._first_batch: tuple[Sequence[Any], Sequence[Any]] | None = None

    def get(self, key: Any) -> Future[Any] | None:  # noqa: ANN401 - any hashable
        """The future of a key that has been asked for, or None."""
        self._index_first_batch()
        future = self._futures.get(key)
        if future is None and key in self._values:
            future = self._futures[key] = _done(self._values[key])
        return future

    def set(self, key: Any, value: Future[Any]) -> None:  # noqa: ANN401
        """Keep the future of a key."""
        self._futures[key] = value

    def delete(self, key: Any) -> None:  # noqa: ANN401
        """Forget a key."""
        self._index_first_batch()
        self._futures.pop(key, None)
        self._values.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._futures.clear()
        self._values.clear()
        self._first_batch = None

    def prime(self, value_by_key: Mapping[Any, Any]) -> None:
        """Keep values that were read along with others, for keys that are not known yet."""
        self._index_first_batch()
        self._values = {**value_by_key, **self._values} if self._values else dict(value_by_key)

    def find_known(self, keys: Sequence[Any]) -> Sequence[Any] | None:
        """N distinct keys → n values in the same order, if all are known; None otherwise."""
        if self._futures:
            return None
        self._index_first_batch()
        try:
            return list(map(self._values.__getitem__, keys))
        except KeyError:
            return None

    async def load_all(self, keys: Sequence[Any]) -> Sequence[Any]:
        """N distinct keys → n values in the same order; those not known yet in one batch."""
        if not self._futures and not self._values and self._first_batch is None:
            loaded = await self.load_batch(keys)
            self._index_first_batch()
            self._first_batch = keys, loaded
            return loaded
        self._index_first_batch()
        if self._futures:
            await self._take_futures(keys)
        try:
            return list(map(self._values.__getitem__, keys))
        except KeyError:
            missing = [key for key in keys if key not in self._values]
        self._values.update(zip(missing, await self.load_batch(missing), strict=True))
        return [self._values[key] for key in keys]

    def _index_first_batch(self) -> None:
        if self._first_batch is not None:
            self._values.update(zip(*self._first_batch, strict=True))
            self._first_batch = None

    async def _take_futures(self, keys: Sequence[Any]) -> None:
        for key in keys:
            future = self._futures.get(key)
            if future is not None and not future.cancelled() and key not in self._values:
                try:
                    self._values[key] = await future
                except Exception as error:  # noqa: BLE001 - kept for whoever asks
                    self._values[key] = error

    async def load_batch(self, keys: Sequence[Any]) -> Sequence[Any]:
        """N distinct keys → n values in the same order, none of which need be known yet."""
        loader, observer = self._loader, self._observer
        started_ns = perf_counter_ns()
        try:
            if observer is None or not observer.is_tracing():
                values = await loader.load_batch(keys)
            else:
                with observer.loading(type(loader), len(keys)):
                    values = await loader.load_batch(keys)
        except Exception as error:  # noqa: BLE001 - every key's failure
            return [error] * len(keys)
        finally:
            if observer is not None:
                observer.loaded((type(loader), len(keys), perf_counter_ns() - started_ns))
        if len(values) == len(keys):
            return values
        return [WrongNumberOfResultsReturned(expected=len(keys), received=len(values))] * len(keys)


def _done(value: object) -> Future[Any]:
    future: Future[Any] = get_running_loop().create_future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


class Loaders:
    """The loaders of one operation: one for each class and arguments, made when first asked.

    What came along with other values needs no loader, as long as nothing else is asked for.
    """

    def __init__(self, context: "GraphContext") -> None:
        self._context = context
        self._loaded: dict[tuple[type[AnyLoader], Hashable], LoadedValues] = {}
        # What came along, until there is a loader for it.
        self._primed: dict[tuple[type[AnyLoader], Hashable], Mapping[Any, Any]] = {}
        self._data_loaders: dict[tuple[type[AnyLoader], Hashable], DataLoader[Any, Any]] = {}

    def get(self, loader: type[Loader[K, V, A]], arguments: A | None = None) -> DataLoader[K, V]:
        """The loader that batches and caches for these arguments."""
        made = self._data_loaders.get((loader, arguments))
        if made is None:
            values = self._values(loader, arguments)
            made = DataLoader(load_fn=values.load_batch, cache_map=values)
            self._data_loaders[loader, arguments] = made
        return made

    async def load_all(
        self, loader: type[AnyLoader], arguments: Hashable, keys: Sequence[Any]
    ) -> Sequence[Any]:
        """N distinct keys → n values in the same order, of which Exceptions are failures."""
        return await self._values(loader, arguments).load_all(keys)

    def find_known(
        self, loader: type[AnyLoader], arguments: Hashable, keys: Sequence[Any]
    ) -> Sequence[Any] | None:
        """N distinct keys → n values in the same order, if all are known; None otherwise."""
        place = loader, arguments
        values = self._loaded.get(place)
        if values is not None:
            return values.find_known(keys)
        primed = self._primed.get(place)
        if primed is None:
            return None
        try:
            return list(map(primed.__getitem__, keys))
        except KeyError:
            return None

    def prime(
        self, loader: type[AnyLoader], value_by_key: Mapping[Any, Any], arguments: Hashable = None
    ) -> None:
        """Let the loader know values that were read along with others."""
        if not value_by_key:
            return
        place = loader, arguments
        values = self._loaded.get(place)
        if values is not None:
            values.prime(value_by_key)
            return
        primed = self._primed.get(place)
        self._primed[place] = value_by_key if primed is None else {**value_by_key, **primed}

    def _values(self, loader: type[AnyLoader], arguments: Hashable) -> LoadedValues:
        place = loader, arguments
        known = self._loaded.get(place)
        if known is None:
            known = self._loaded[place] = LoadedValues(
                loader(self._context, arguments), self._context.load_observer
            )
            primed = self._primed.pop(place, None)
            if primed is not None:
                known.prime(primed)
        return known


def the_only(found: Sequence[V]) -> V | None:
    """The one that was found by its key, or None; raise InvalidInput when there are several."""
    if len(found) > 1:
        raise InvalidInput(
            "Several of your workspaces have this key. Name the workspace.",
            field=("workspaceSlug",),
        )
    return found[0] if found else None
