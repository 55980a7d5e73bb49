"""Entities ↔ rows: a table's columns and its entity's fields have the same names."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from enum import Enum
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, insert, select, update

from domain.errors import AlreadyExists
from persistence.compiled_statements import CompiledStatement, is_one_of_these
from persistence.entity_construction import Construct, Decode, construction_of
from persistence.tables import EnumValue
from persistence.transactions import Transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

E = TypeVar("E", bound="DataclassInstance")

_CONSTRUCTIONS: Final = 256
# Commands change a few sets of fields together.
_UPDATES: Final = 64

# Which input field a unique constraint speaks of, and what to tell its user.
_TAKEN_BY_CONSTRAINT: Final[Mapping[str, tuple[str, str]]] = {
    "uq_workspaces_slug": ("slug", "Another workspace has this slug."),
    "uq_projects_workspace_id_key": ("key", "Another project of this workspace has this key."),
    "uq_labels_project_id_name": ("name", "Another label of this project has this name."),
    "uq_users_email": ("email", "This e-mail address has an account."),
}


class EntityMapping(Generic[E]):
    """How one kind of entity is read from rows of its table.

    `decoders` make a field from what the driver gives for its column, enums apart.
    """

    def __init__(
        self, entity_type: type[E], table: Table, *, decoders: Mapping[str, Decode] | None = None
    ) -> None:
        self.entity_type = entity_type
        self.table = table
        self.names = tuple(f.name for f in fields(entity_type))
        self.columns: tuple[ColumnElement[Any], ...] = tuple(table.c[n] for n in self.names)
        self._read: Callable[[E], tuple[object, ...]] = attrgetter(*self.names)
        self.id_of: Callable[[E], object] = attrgetter("id")
        self._decoders = {**_enum_decoders(table), **(decoders or {})}
        # Bounded by the subsets of fields that operations select.
        self.update_of = lru_cache(maxsize=_UPDATES)(self._new_update)
        # What makes entities of records, as `entities` does, with these names and so many more.
        self.construction = lru_cache(maxsize=_CONSTRUCTIONS)(self._new_construction)

    def select(self, names: Collection[str] | None = None) -> Select[tuple[Any, ...]]:
        """A statement for the columns of the named fields, all of them unless told otherwise."""
        if names is None:
            return select(*self.columns)
        return select(*(self.table.c[name] for name in names))

    def names_among(self, wanted: Collection[str] | None) -> tuple[str, ...]:
        """The id and the wanted fields in the entity's order; all of them for None."""
        if wanted is None:
            return self.names
        return tuple(name for name in self.names if name == "id" or name in wanted)

    @cached_property
    def find_by_id(self) -> CompiledStatement:
        """The read of one entity by the parameter `id`."""
        table = self.table
        return CompiledStatement(
            self.select().where(table.c.id == bindparam("id", type_=table.c.id.type))
        )

    @cached_property
    def insert_one(self) -> CompiledStatement:
        """The write of one entity, whose fields are the parameters."""
        columns = self.table.c
        return CompiledStatement(
            insert(self.table).values(
                {name: bindparam(name, type_=columns[name].type) for name in self.names}
            )
        )

    def entities(
        self,
        records: Iterable[Iterable[object]],
        *,
        names: tuple[str, ...] | None = None,
        extra: int = 0,
    ) -> list[E]:
        """The entities of records that came through asyncpg, in the same order.

        A record is the values of the named fields, then `extra` more. Fields that are not
        named stay unset, and reading one raises AttributeError.
        """
        return self.construction(names or self.names, extra)(records)

    def values(self, entity: E) -> dict[str, object]:
        """The entity → its row."""
        return dict(zip(self.names, self._read(entity), strict=True))

    def changed_values(self, before: E, after: E) -> dict[str, object]:
        """What of the row of `after` is another than in that of `before`, for the driver."""
        pairs = zip(self.names, self._read(before), self._read(after), strict=True)
        return {name: _plain(new) for name, old, new in pairs if new is not old and new != old}

    def _new_update(self, names: tuple[str, ...]) -> CompiledStatement:
        table = self.table
        return CompiledStatement(
            update(table)
            .where(table.c.id == bindparam("old_id", type_=table.c.id.type))
            .values({name: bindparam(name, type_=table.c[name].type) for name in names})
        )

    def _new_construction(self, names: tuple[str, ...], extra: int = 0) -> Construct[E]:
        return construction_of(self.entity_type, names, self._decoders, extra=extra)


def _enum_decoders(table: Table) -> dict[str, Decode]:
    return {
        column.name: column.type.member_by_value.__getitem__
        for column in table.columns
        if isinstance(column.type, EnumValue)
    }


class TableStore(Generic[E]):
    """`domain.ports.Store` on one table, in a transaction."""

    def __init__(self, transaction: Transaction, mapping: EntityMapping[E]) -> None:
        self._transaction = transaction
        self._mapping = mapping

    async def find(self, entity_id: UUID) -> E | None:
        """The entity, or None if there is none with that id."""
        mapping = self._mapping
        rows = await self._transaction.fetch(mapping.find_by_id, {"id": entity_id})
        return next(iter(mapping.entities(rows)), None)

    async def find_many(self, ids: Collection[UUID]) -> Sequence[E]:
        """Those of the ids that exist, in no particular order."""
        return await self.where(is_one_of_these(self._mapping.table.c.id, ids))

    async def where(
        self, *conditions: ColumnElement[bool], order_by: ColumnElement[Any] | None = None
    ) -> Sequence[E]:
        """The entities that meet every condition."""
        statement = self._mapping.select().where(*conditions)
        if order_by is not None:
            statement = statement.order_by(order_by)
        return self._mapping.entities(await self._transaction.run(statement))

    async def add(self, *entities: E) -> None:
        """Insert them in one statement; raise AlreadyExists when a unique value is taken."""
        if not entities:
            return
        values = [self._mapping.values(entity) for entity in entities]
        with _telling_what_is_taken():
            if len(values) == 1:
                row = {name: _plain(value) for name, value in values[0].items()}
                await self._transaction.fetch(self._mapping.insert_one, row)
            else:
                await self._transaction.run(insert(self._mapping.table).values(values))

    async def update(self, before: E, after: E) -> None:
        """Write the fields that differ; raise AlreadyExists when a unique value is taken."""
        changed = self._mapping.changed_values(before, after)
        if changed:
            statement = self._mapping.update_of(tuple(changed))
            with _telling_what_is_taken():
                old_id = self._mapping.id_of(before)
                await self._transaction.fetch(statement, {"old_id": old_id, **changed})

    async def delete(self, *ids: UUID) -> None:
        """Remove them with everything that belongs to them."""
        table = self._mapping.table
        await self._transaction.run(delete(table).where(is_one_of_these(table.c.id, ids)))


S = TypeVar("S")


class MadeWhenAsked(Generic[S]):
    """An attribute of a unit of work, made on its transaction when it is first asked for.

    A command needs few of the stores there are.
    """

    def __init__(self, make: Callable[..., S], *arguments: object) -> None:
        self._make = make
        self._arguments = arguments
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self._name = name

    def __get__(self, work: Any, owner: type) -> S:  # noqa: ANN401 - whatever has a transaction
        """The store."""
        made: S | None = work.__dict__.get(self._name)
        if made is None:
            made = work.__dict__[self._name] = self._make(work.transaction, *self._arguments)
        return made

    def __set__(self, work: Any, made: S) -> None:  # noqa: ANN401 - as above
        """Put another store in its place."""
        work.__dict__[self._name] = made


def _plain(value: object) -> object:
    """The field as the driver takes it."""
    return value.value if isinstance(value, Enum) else value


@contextmanager
def _telling_what_is_taken() -> Iterator[None]:
    """Raise AlreadyExists for a unique value that is taken; any other fault goes as it came."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        constraint: str = error.constraint_name or ""
        if constraint.startswith("pk_"):
            raise AlreadyExists("An object with this id exists.", field=("id",)) from error
        if constraint not in _TAKEN_BY_CONSTRAINT:
            raise
        field, message = _TAKEN_BY_CONSTRAINT[constraint]
        raise AlreadyExists(message, field=(field,)) from error
