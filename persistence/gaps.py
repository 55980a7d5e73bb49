"""Where between two neighbours something is to stand: the ranks around a place in an order."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Uuid, bindparam, func, select

from domain.ports import Gap
from persistence.compiled_statements import CompiledStatement
from persistence.tables import board_columns, checklist_items, tasks
from persistence.transactions import Transaction

# The ranks that `rank_expressions` finds: of the neighbour which is to precede and of what stands
# behind it now, of the one which is to follow and of what stands before it, and the last of all.
FoundRanks: TypeAlias = tuple[str | None, str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Rows of a table that have their order within a parent."""

    table: Table
    parent: ColumnElement[UUID]


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
        _statement(ranks),
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
    """The gap by what `rank_expressions` found for the two neighbours."""
    after_rank, rank_after_it, before_rank, rank_before_it, last_rank = found
    if before is None and after is None:
        return Gap(previous=last_rank, following=None)
    if after_rank is not None:
        return Gap(previous=after_rank, following=rank_after_it)
    if before_rank is not None:
        return Gap(previous=rank_before_it, following=before_rank)
    return None


def rank_expressions(ranks: Ranks) -> tuple[ColumnElement[str | None], ...]:
    """What `gap_of` needs, by the parameters parent_id, moving_id, before_id and after_id."""
    table, position = ranks.table, ranks.table.c.position
    scope = ranks.parent == bindparam("parent_id", type_=Uuid)
    # Without an id nothing is equal to it, so absent neighbours have no rank.
    others = scope & table.c.id.is_distinct_from(bindparam("moving_id", type_=Uuid))
    preceding = (
        select(position)
        .where(scope, table.c.id == bindparam("after_id", type_=Uuid))
        .scalar_subquery()
    )
    succeeding = (
        select(position)
        .where(scope, table.c.id == bindparam("before_id", type_=Uuid))
        .scalar_subquery()
    )
    next_rank = select(func.min(position)).where(others, position > preceding)
    previous_rank = select(func.max(position)).where(others, position < succeeding)
    last_rank = select(func.max(position)).where(others)
    return (
        preceding,
        next_rank.scalar_subquery(),
        succeeding,
        previous_rank.scalar_subquery(),
        last_rank.scalar_subquery(),
    )


@lru_cache(maxsize=3)
def _statement(ranks: Ranks) -> CompiledStatement:
    return CompiledStatement(select(*rank_expressions(ranks)))
