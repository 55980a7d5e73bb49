"""What in the SQL of a migration the version that runs meanwhile would notice."""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

from persistence.migration import _config

# A revision that takes away what no running version reads any more says so.
CONTRACTION: Final = "contract"

_TAKES_AWAY: Final = re.compile(
    r"\b(DROP (TABLE|COLUMN|TYPE)|RENAME (TO|COLUMN)|SET NOT NULL|TRUNCATE|DELETE FROM"
    r"|ALTER COLUMN \S+ (SET DATA )?TYPE)\b",
    re.IGNORECASE,
)
_NEW_TABLE: Final = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
_TABLE: Final = re.compile(r"(?:ALTER TABLE(?: ONLY)?|\bON) (\w+)", re.IGNORECASE)
_NEW_COLUMN: Final = re.compile(r"ADD COLUMN (\w+) ([^,]*)", re.IGNORECASE)
_CONSTRAINT: Final = re.compile(r"ADD CONSTRAINT (\w+) (?!.*NOT VALID)", re.IGNORECASE | re.DOTALL)
_INDEX: Final = re.compile(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)", re.IGNORECASE)


def revisions() -> list[Script]:
    """Every revision, the first one first."""
    return list(ScriptDirectory.from_config(_config()).walk_revisions())[::-1]


def is_contraction(revision: Script) -> bool:
    """Whether it is marked as one."""
    return getattr(revision.module, "phase", "expand") == CONTRACTION


def statements_of(revision: Script) -> list[str]:
    """The SQL that the revision would run."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        revision.module.upgrade()
    return [statement.strip() for statement in written.getvalue().split(";\n") if statement.strip()]


def problems_of(statements: Iterable[str]) -> list[str]:
    """Each statement that a running version, or its clients, would notice, and why."""
    new_tables: set[str] = set()
    problems = []
    for statement in statements:
        new_tables |= {name.lower() for name in _NEW_TABLE.findall(statement)}
        touched = {name.lower() for name in _TABLE.findall(statement)}
        is_of_new_tables = bool(touched) and touched <= new_tables
        if not is_of_new_tables:
            problems += [f"{reason}: {statement[:120]}" for reason in _reasons(statement)]
    return problems


def _reasons(statement: str) -> Iterator[str]:
    if _TAKES_AWAY.search(statement):
        yield "takes away or tightens what is in use"
    for _, definition in _NEW_COLUMN.findall(statement):
        is_required = "NOT NULL" in definition.upper()
        if is_required and "DEFAULT" not in definition.upper():
            yield "the running version cannot fill the new column"
    if _CONSTRAINT.search(statement):
        yield "checks every row under a lock; add it NOT VALID"
    if _INDEX.search(statement):
        yield "blocks writers; make it CONCURRENTLY"
