"""Loaders: many keys in, one batch, values in the order of the keys."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from domain.readers import Readers, Visibility
    from graph.context import GraphContext

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
A = TypeVar("A", bound=Hashable)


class Loader(Generic[K, V, A]):
    """Answers for many keys at once, with the same arguments for all.

    Subclasses are named `<Thing>By<Key>Loader`.
    """

    def __init__(self, context: "GraphContext", arguments: A) -> None:
        self.context = context
        self.arguments = arguments

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


class Loaders:
    """The loaders of one operation: one for each class and arguments, made when first asked."""

    def __init__(self, context: "GraphContext") -> None:
        self._context = context
        self._data_loaders: dict[tuple[type[AnyLoader], Hashable], DataLoader[Any, Any]] = {}

    def get(self, loader: type[Loader[K, V, A]], arguments: A | None = None) -> DataLoader[K, V]:
        """The loader that batches and caches for these arguments."""
        made = self._data_loaders.get((loader, arguments))
        if made is None:
            batch = loader(self._context, arguments).load_batch  # type: ignore[arg-type]
            made = DataLoader(load_fn=batch)
            self._data_loaders[loader, arguments] = made
        return made
