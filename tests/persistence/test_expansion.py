"""Two versions run at once during a release, so a migration may only expand."""

import pytest
from alembic.script import Script

from tests.persistence.expansion import is_contraction, problems_of, revisions, statements_of

_EXPANSIONS = [revision for revision in revisions() if not is_contraction(revision)]


@pytest.mark.parametrize("revision", _EXPANSIONS, ids=lambda revision: revision.revision)
def test_a_revision_takes_nothing_away_from_the_version_that_runs(revision: Script) -> None:
    assert problems_of(statements_of(revision)) == []


def test_the_sql_of_every_revision_is_looked_at() -> None:
    assert all(statements_of(revision) for revision in revisions())


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DROP TABLE tasks", "takes away"),
        ("ALTER TABLE tasks DROP COLUMN title", "takes away"),
        ("ALTER TABLE tasks RENAME COLUMN title TO name", "takes away"),
        ("ALTER TABLE tasks RENAME TO cards", "takes away"),
        ("ALTER TABLE tasks ALTER COLUMN title TYPE varchar(9)", "takes away"),
        ("ALTER TABLE tasks ALTER COLUMN due_on SET NOT NULL", "takes away"),
        ("DELETE FROM tasks", "takes away"),
        ("ALTER TABLE tasks ADD COLUMN size integer NOT NULL", "cannot fill"),
        ("ALTER TABLE tasks ADD CONSTRAINT ck_size CHECK (size > 0)", "NOT VALID"),
        ("CREATE INDEX ix_tasks_size ON tasks (size)", "CONCURRENTLY"),
        ("CREATE UNIQUE INDEX ix_tasks_size ON tasks (size)", "CONCURRENTLY"),
    ],
)
def test_what_a_running_version_would_notice_is_told(statement: str, problem: str) -> None:
    assert problem in "\n".join(problems_of([statement]))


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE tasks ADD COLUMN size integer"],
        ["ALTER TABLE tasks ADD COLUMN is_pinned boolean DEFAULT false NOT NULL"],
        ["ALTER TABLE tasks ADD CONSTRAINT ck_size CHECK (size > 0) NOT VALID"],
        ["CREATE INDEX CONCURRENTLY ix_tasks_size ON tasks (size)"],
        ["CREATE TABLE likes (id uuid)", "CREATE INDEX ix_likes ON likes (id)"],
        ["UPDATE tasks SET size = 1 WHERE size IS NULL"],
    ],
)
def test_what_only_expands_passes(statements: list[str]) -> None:
    assert problems_of(statements) == []
