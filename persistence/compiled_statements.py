"""Statements composed with SQLAlchemy, as the text and arguments that asyncpg takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Dialect,
    Integer,
    Uuid,
    any_,
    bindparam,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT: Final[Dialect] = PGDialect_asyncpg()  # type: ignore[no-untyped-call]

# The number of an execution among those of a round trip; 0 for one that has it alone.
EXECUTION: Final = bindparam("execution", 0, type_=Integer)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`values` holds the statement's constants, and a gap for each parameter to come."""

    sql: str
    values: list[object]
    parameters: tuple[tuple[int, str], ...]
    # Where EXECUTION is among the values; None where it is not.
    execution_index: int | None


class CompiledStatement:
    """A statement whose parameters are named when it is composed and given when it runs.

    Make one per shape and keep it: compiling costs a hundred times more than running.
    Parameters are given as the driver takes them: no enums, lists where arrays are.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @property
    def sql(self) -> str:
        """The text, the same for every run, so that each connection prepares it once."""
        return self._compiled.sql

    def arguments(self, parameters: Mapping[str, object]) -> list[object]:
        """The parameters in the order of `$1`, `$2`, …; raise KeyError when one is missing."""
        compiled = self._compiled
        values = compiled.values.copy()
        for index, name in compiled.parameters:
            values[index] = parameters[name]
        return values

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled = self._statement.compile(dialect=_DIALECT)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements that read or write rows can be compiled")
        values: list[object] = []
        parameters: list[tuple[int, str]] = []
        names = compiled.positiontup or ()
        for index, name in enumerate(names):
            bind = compiled.binds[name]
            if bind.required:
                parameters.append((index, name))
                values.append(None)
            else:
                values.append(_constant(bind))
        return _Compiled(
            compiled.string,
            values,
            tuple(parameters),
            names.index(EXECUTION.key) if EXECUTION.key in names else None,
        )


class PipelinedStatement(CompiledStatement):
    """A statement of which several executions may share a round trip.

    The last column of its rows is EXECUTION, by which one tells whose they are.
    """

    def arguments_of(self, execution: int, parameters: Mapping[str, object]) -> list[object]:
        """The arguments of the execution with this number among those of a round trip."""
        arguments = self.arguments(parameters)
        index = self._compiled.execution_index
        if index is None:
            raise TypeError("a pipelined statement has EXECUTION as its last column")
        arguments[index] = execution
        return arguments


def _constant(bind: BindParameter[Any]) -> object:
    process = bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return bind.effective_value if process is None else process(bind.effective_value)


def is_one_of(expression: ColumnElement[UUID], name: str) -> ColumnElement[bool]:
    """`expression = ANY(parameter)`: one array however many ids, so the text stays the same."""
    return expression == any_(bindparam(name, type_=ARRAY(Uuid)))


def is_one_of_these(expression: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """The same for ids that are known when the statement is composed."""
    return expression == any_(literal(list(ids), ARRAY(Uuid)))
