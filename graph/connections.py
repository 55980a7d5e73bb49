"""Relay connections: pages of a list, with cursors and a total."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry

from domain.errors import InvalidInput
from domain.events import Cursor
from domain.queries import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Page, Window
from domain.reads import Visibility
from graph.loading import A, AnyLoader, Loader, ReaderLoader
from graph.relations import relation
from graph.scalars import encode_cursor

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many from the start; {PAGE_SIZE_DEFAULT} unless told, "
        f"at most {PAGE_SIZE_MAX}."
    ),
]
After = Annotated[str | None, strawberry.argument(description="Only items behind this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many from the end, at most {PAGE_SIZE_MAX}."),
]
Before = Annotated[str | None, strawberry.argument(description="Only items before this cursor.")]
IncludeArchived = Annotated[
    bool, strawberry.argument(description="Whether archived ones are listed too.")
]


def page_of(first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """The page that connection arguments ask for; raise InvalidInput when they make no sense."""
    if first is not None and last is not None:
        raise InvalidInput("Ask for first or last, not both.", field=("last",))
    name, size = ("last", last) if last is not None else ("first", first)
    if size is not None and not 0 <= size <= PAGE_SIZE_MAX:
        raise InvalidInput(f"Must be between 0 and {PAGE_SIZE_MAX}.", field=(name,))
    return Page(
        size=PAGE_SIZE_DEFAULT if size is None else size,
        is_backward=last is not None,
        after=after,
        before=before,
    )


@dataclass(frozen=True, slots=True)
class CountKey:
    """Which count a connection's total is: a loader with its arguments, and one of its keys."""

    loader: type[AnyLoader]
    arguments: Hashable
    parent_id: UUID


class TotalCountLoader(Loader[CountKey, int, None]):
    """Totals of connections; those of one kind are counted in one batch."""

    async def load_batch(self, keys: Sequence[CountKey]) -> Sequence[int]:
        """N keys → n totals."""
        parent_ids_by_kind: dict[tuple[type[AnyLoader], Hashable], list[UUID]] = {}
        for key in keys:
            parent_ids_by_kind.setdefault((key.loader, key.arguments), []).append(key.parent_id)
        total_by_key = {
            CountKey(loader, arguments, parent_id): total
            for (loader, arguments), parent_ids in parent_ids_by_kind.items()
            for parent_id, total in zip(
                parent_ids,
                await self.context.loaders.get(loader, arguments).load_many(parent_ids),
                strict=True,
            )
        }
        return [total_by_key[key] for key in keys]


@dataclass(frozen=True, slots=True)
class EdgeValue:
    """The source of an edge."""

    cursor: Any
    node: Any


@dataclass(frozen=True, slots=True)
class ConnectionValue:
    """The source of a connection: a window and the key of its total."""

    window: Window[Any]
    count_key: CountKey
    cursors: Sequence[Any]

    @property
    def nodes(self) -> Sequence[Any]:
        """The items."""
        return self.window.items

    @property
    def edges(self) -> Sequence[EdgeValue]:
        """The items with their cursors."""
        return [
            EdgeValue(cursor, node)
            for cursor, node in zip(self.cursors, self.window.items, strict=True)
        ]

    @property
    def page_info(self) -> "ConnectionValue":
        """The same source serves the page's facts."""
        return self

    @property
    def has_next_page(self) -> bool:
        """Whether items follow."""
        return self.window.has_next

    @property
    def has_previous_page(self) -> bool:
        """Whether items precede."""
        return self.window.has_previous

    @property
    def start_cursor(self) -> str | None:
        """The first item's cursor."""
        return _as_text(self.cursors[0]) if self.cursors else None

    @property
    def end_cursor(self) -> str | None:
        """The last item's cursor."""
        return _as_text(self.cursors[-1]) if self.cursors else None


def _as_text(cursor: str | Cursor) -> str:
    return encode_cursor(cursor) if isinstance(cursor, Cursor) else cursor


class ConnectionLoader(ReaderLoader[ConnectionValue, A]):
    """A page per key, whose total another loader counts when it is asked for."""

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, ConnectionValue]:
        """Connections by key."""
        windows = await self.read_windows(keys, scope)
        return {key: self._connection(key, window) for key, window in windows.items()}

    def absent(self, key: UUID) -> ConnectionValue:
        """An empty page."""
        nothing: Window[Any] = Window(items=(), cursors=(), has_next=False, has_previous=False)
        return self._connection(key, nothing)

    @abstractmethod
    async def read_windows(
        self, keys: Sequence[UUID], scope: Visibility
    ) -> Mapping[UUID, Window[Any]]:
        """Pages by key; keys without items are left out."""

    @abstractmethod
    def total(self, key: UUID) -> CountKey:
        """Which count the key's total is."""

    def cursors(self, key: UUID, window: Window[Any]) -> Sequence[Any]:  # noqa: ARG002 - some need it
        """The edges' cursors as their field's type takes them."""
        return window.cursors

    def _connection(self, key: UUID, window: Window[Any]) -> ConnectionValue:
        return ConnectionValue(window, self.total(key), self.cursors(key, window))


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first item.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last item.")


@strawberry.type(description="An item of a list and its place there.")
class Edge(Generic[T]):
    """An item of a list and its place there."""

    cursor: str = strawberry.field(description="The item's place; pass it as after or before.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: int = relation(
        TotalCountLoader, key="count_key", description="How many items the whole list has."
    )
