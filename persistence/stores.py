"""Entities ↔ rows: a table's columns and its entity's fields have the same names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import AlreadyExists
from persistence.entity_construction import Construct, Decode, construction_of
from persistence.tables import EnumValue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

E = TypeVar("E", bound="DataclassInstance")

_CONSTRUCTIONS: Final = 256

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
        self._decoders = {**_enum_decoders(table), **(decoders or {})}
        # Bounded by the subsets of fields that operations select.
        self._construction = lru_cache(maxsize=_CONSTRUCTIONS)(self._new_construction)

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

    def entity(self, row: Row[Any] | Sequence[object]) -> E:
        """A row of SQLAlchemy's that begins with the entity's columns → the entity."""
        return self.entity_type(**dict(zip(self.names, row, strict=False)))

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
        return self._construction(names or self.names, extra)(records)

    def values(self, entity: E) -> dict[str, object]:
        """The entity → its row."""
        return {name: getattr(entity, name) for name in self.names}

    def _new_construction(self, names: tuple[str, ...], extra: int) -> Construct[E]:
        return construction_of(self.entity_type, names, self._decoders, extra=extra)


def _enum_decoders(table: Table) -> dict[str, Decode]:
    return {
        column.name: column.type.member_by_value.__getitem__
        for column in table.columns
        if isinstance(column.type, EnumValue)
    }


class TableStore(Generic[E]):
    """`domain.ports.Store` on one table, in the transaction of its connection."""

    def __init__(self, connection: AsyncConnection, mapping: EntityMapping[E]) -> None:
        self._connection = connection
        self._mapping = mapping

    async def find(self, entity_id: UUID) -> E | None:
        """The entity, or None if there is none with that id."""
        return next(iter(await self.where(self._mapping.table.c.id == entity_id)), None)

    async def find_many(self, ids: Collection[UUID]) -> Sequence[E]:
        """Those of the ids that exist, in no particular order."""
        return await self.where(self._mapping.table.c.id.in_(ids))

    async def where(
        self, *conditions: ColumnElement[bool], order_by: ColumnElement[Any] | None = None
    ) -> Sequence[E]:
        """The entities that meet every condition."""
        statement = self._mapping.select().where(*conditions)
        if order_by is not None:
            statement = statement.order_by(order_by)
        rows = await self._connection.execute(statement)
        return [self._mapping.entity(row) for row in rows]

    async def add(self, *entities: E) -> None:
        """Insert them in one statement; raise AlreadyExists when a unique value is taken."""
        if not entities:
            return
        values = [self._mapping.values(entity) for entity in entities]
        await self._write(insert(self._mapping.table).values(values))

    async def update(self, before: E, after: E) -> None:
        """Write the fields that differ; raise AlreadyExists when a unique value is taken."""
        old, new = self._mapping.values(before), self._mapping.values(after)
        changed = {name: value for name, value in new.items() if value != old[name]}
        if changed:
            table = self._mapping.table
            await self._write(update(table).where(table.c.id == old["id"]).values(changed))

    async def delete(self, *ids: UUID) -> None:
        """Remove them with everything that belongs to them."""
        table = self._mapping.table
        await self._connection.execute(delete(table).where(table.c.id.in_(ids)))

    async def _write(self, statement: Any) -> None:  # noqa: ANN401 - insert() or update()
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            raise _already_exists(error) from error


def _already_exists(error: IntegrityError) -> Exception:
    """The error for a unique value that is taken; any other fault as it came."""
    cause = error.orig.__cause__ if error.orig is not None else None
    constraint = cast("str | None", getattr(cause, "constraint_name", None))
    if constraint is None or getattr(cause, "sqlstate", None) != "23505":
        return error
    if constraint.startswith("pk_"):
        return AlreadyExists("An object with this id exists.", field=("id",))
    if constraint not in _TAKEN_BY_CONSTRAINT:
        return error
    field, message = _TAKEN_BY_CONSTRAINT[constraint]
    return AlreadyExists(message, field=(field,))
