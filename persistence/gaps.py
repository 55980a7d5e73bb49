"""Where between two neighbours something is to stand: the ranks around a place in an order."""

from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
)

from domain.ports import Gap
from persistence.compiled_statements import CompiledStatement
from persistence.tables import board_columns, checklist_items, tasks
from persistence.transactions import Transaction

# The ranks around a place: of the neighbour which is to precede and of what stands behind it now,
# of the one which is to follow and of what stands before it, and, where no neighbour was named,
# the last of all.
FoundRanks: TypeAlias = tuple[str | None, str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rows of a table that have their order within a parent."""

    table: Table
    parent: Column[UUID]


_NO_RANK: Final[ColumnElement[str | None]] = cast(null(), Text)

COLUMN_RANKS: Final = Ranks(board_columns, board_columns.c.project_id)
TASK_RANKS: Final = Ranks(tasks, tasks.c.column_id)
CHECKLIST_RANKS: Final = Ranks(checklist_items, checklist_items.c.task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What moves, and between which two; None for nothing."""

    moving: UUID | None
    before: UUID | None
    after: UUID | None


async def find_gap(
    transaction: Transaction, ranks: Ranks, parent_id: UUID, neighbours: Neighbours
) -> Gap | None:
    """The ranks on both sides of the place; None when no named neighbour is in the parent."""
    before, after = neighbours.before, neighbours.after
    [row] = await transaction.fetch(
        _statement(ranks, has_before=before is not None, has_after=after is not None),
        {
            "parent_id": parent_id,
            "moving_id": neighbours.moving,
            "before_id": before,
            "after_id": after,
        },
    )
    return gap_of(tuple(row), before=before, after=after)


def ranks_with(found: FoundRanks, rank: str) -> FoundRanks:
    """What would have been found if something had stood at the rank, too."""
    after_rank, rank_after_it, before_rank, rank_before_it, last_rank = found
    if (
        after_rank is not None
        and rank > after_rank
        and (rank_after_it is None or rank < rank_after_it)
    ):
        rank_after_it = rank
    if (
        before_rank is not None
        and rank < before_rank
        and (rank_before_it is None or rank > rank_before_it)
    ):
        rank_before_it = rank
    if last_rank is None or rank > last_rank:
        last_rank = rank
    return after_rank, rank_after_it, before_rank, rank_before_it, last_rank


def gap_of(found: FoundRanks, *, before: UUID | None, after: UUID | None) -> Gap | None:
    """The gap by what was found for the two neighbours."""
    after_rank, rank_after_it, before_rank, rank_before_it, last_rank = found
    if before is None and after is None:
        return Gap(previous=last_rank, following=None)
    if after_rank is not None:
        return Gap(previous=after_rank, following=rank_after_it)
    if before_rank is not None:
        return Gap(previous=rank_before_it, following=before_rank)
    return None


def with_ranks(
    source: FromClause, ranks: Ranks, *, has_before: bool, has_after: bool
) -> tuple[FromClause, tuple[ColumnElement[str | None], ...]]:
    """The source with the neighbours beside it that are named, and the columns of FoundRanks.

    The parameters are parent_id, moving_id, and before_id and after_id where there are such.
    """
    position, parent_id = ranks.table.c.position, bindparam("parent_id", type_=Uuid)
    others = (ranks.parent == parent_id) & ranks.table.c.id.is_distinct_from(
        bindparam("moving_id", type_=Uuid)
    )
    if not has_before and not has_after:
        last = select(func.max(position)).where(others)
        return source, (_NO_RANK, _NO_RANK, _NO_RANK, _NO_RANK, last.scalar_subquery())
    preceding, next_rank, following, previous_rank = _NO_RANK, _NO_RANK, _NO_RANK, _NO_RANK
    if has_after:
        neighbour = ranks.table.alias("preceding")
        source = source.outerjoin(neighbour, _is_named(neighbour, ranks, "after_id"))
        preceding = neighbour.c.position
        beyond = select(func.min(position)).where(others, position > preceding)
        next_rank = beyond.correlate(neighbour).scalar_subquery()
    if has_before:
        neighbour = ranks.table.alias("following")
        source = source.outerjoin(neighbour, _is_named(neighbour, ranks, "before_id"))
        following = neighbour.c.position
        beyond = select(func.max(position)).where(others, position < following)
        previous_rank = beyond.correlate(neighbour).scalar_subquery()
    return source, (preceding, next_rank, following, previous_rank, _NO_RANK)


def _is_named(neighbour: FromClause, ranks: Ranks, name: str) -> ColumnElement[bool]:
    """Whether it has the id that the parameter names and stands in the parent."""
    parent = neighbour.c[ranks.parent.key]
    return (neighbour.c.id == bindparam(name, type_=Uuid)) & (
        parent == bindparam("parent_id", type_=Uuid)
    )


@cache
def _statement(ranks: Ranks, *, has_before: bool, has_after: bool) -> CompiledStatement:
    source, columns = with_ranks(
        select(literal(1)).subquery("here"), ranks, has_before=has_before, has_after=has_after
    )
    return CompiledStatement(select(*columns).select_from(source))
