from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from asyncpg import IntegrityConstraintViolationError

from domain.access import Role
from domain.entities import (
    Attachment,
    ColumnCategory,
    Priority,
)
from domain.errors import AlreadyExists
from domain.identifiers import AttachmentId, ColumnId
from persistence import mappings
from persistence.database import Database
from persistence.stores import EntityMapping, TableStore
from persistence.transactions import transaction
from tests.builders import (
    MONDAY,
    a_checklist_item,
    a_column,
    a_comment,
    a_label,
    a_membership,
    a_project,
    a_task,
    a_user,
    a_workspace,
    an_invitation,
    new_id,
)

pytestmark = pytest.mark.stack

MAPPINGS = [value for value in vars(mappings).values() if isinstance(value, EntityMapping)]

USER = a_user(name="Zoë 👩‍💻", email="zoe@example.org")
WORKSPACE = a_workspace(name="\u202eRTL & 日本")
PROJECT = a_project(WORKSPACE, description="# Why\n\n- \u2028", archived_at=MONDAY)
COLUMN = a_column(PROJECT, category=ColumnCategory.CANCELED, wip_limit=7, archived_at=MONDAY)
PARENT = a_task(COLUMN)
TASK = a_task(
    COLUMN,
    number=2,
    position="a1",
    description="x" * 100_000,
    priority=Priority.URGENT,
    estimate=5,
    due_date=date(9999, 12, 31),
    assignee_id=USER.id,
    creator_id=USER.id,
    parent_id=PARENT.id,
    started_at=datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC),
    completed_at=MONDAY,
    canceled_at=MONDAY,
    archived_at=MONDAY,
)
COMMENT = a_comment(TASK, author=USER)
ANSWER = replace(a_comment(TASK, parent=COMMENT), edited_at=MONDAY)
ATTACHMENT = Attachment(
    id=AttachmentId(new_id()),
    workspace_id=TASK.workspace_id,
    project_id=TASK.project_id,
    task_id=TASK.id,
    name="plan.pdf",
    url="https://example.org/plan.pdf?x=1&y=ü",
    created_at=MONDAY,
    updated_at=MONDAY,
)
# One of every kind, each after what it refers to. Any, because the kinds differ from row to row.
ROWS: tuple[tuple[EntityMapping[Any], Any], ...] = (
    (mappings.USERS, USER),
    (mappings.WORKSPACES, WORKSPACE),
    (mappings.MEMBERSHIPS, a_membership(WORKSPACE, USER, Role.VIEWER)),
    (mappings.PROJECTS, PROJECT),
    (mappings.COLUMNS, COLUMN),
    (mappings.LABELS, a_label(PROJECT)),
    (mappings.TASKS, PARENT),
    (mappings.TASKS, TASK),
    (mappings.CHECKLIST_ITEMS, a_checklist_item(TASK, is_completed=True)),
    (mappings.ATTACHMENTS, ATTACHMENT),
    (mappings.COMMENTS, COMMENT),
    (mappings.COMMENTS, ANSWER),
    (mappings.INVITATIONS, replace(an_invitation(WORKSPACE, inviter=USER), accepted_at=MONDAY)),
)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: mapping.table.name)
def test_an_entity_and_its_row_have_the_same_names(mapping: EntityMapping[Any]) -> None:
    columns = {column.name for column in mapping.table.columns} - {"password_hash"}
    assert {f.name for f in fields(mapping.entity_type)} == columns


def test_every_kind_of_entity_is_stored_here() -> None:
    assert {mapping.table.name for mapping, _ in ROWS} == {m.table.name for m in MAPPINGS}


async def test_every_field_of_every_entity_comes_back_as_it_was(database: Database) -> None:
    async with transaction(database.connections) as work:
        for mapping, entity in ROWS:
            await TableStore(work, mapping).add(entity)
        await work.commit()
    async with transaction(database.connections) as work:
        for mapping, entity in ROWS:
            assert await TableStore(work, mapping).find(entity.id) == entity


async def test_a_taken_id_is_refused_for_every_kind(database: Database) -> None:
    async with transaction(database.connections) as work:
        for mapping, entity in ROWS:
            await TableStore(work, mapping).add(entity)
        await work.commit()
    for mapping, entity in ROWS:
        async with transaction(database.connections) as work:
            with pytest.raises(AlreadyExists) as refusal:
                await TableStore(work, mapping).add(entity)
        assert refusal.value.field == ("id",)


async def test_a_fault_that_no_user_made_is_not_blamed_on_one(database: Database) -> None:
    async with transaction(database.connections) as work:
        for mapping, entity in ROWS[:8]:
            await TableStore(work, mapping).add(entity)
        await work.commit()
    for broken, constraint in (
        (a_task(COLUMN, number=9, position=TASK.position), "uq_tasks_column_id_position"),
        (a_task(COLUMN, number=2, position="a9"), "uq_tasks_project_id_number"),
        (
            replace(a_task(COLUMN, number=9, position="a9"), column_id=ColumnId(new_id())),
            "fk_tasks_column_id_project_id",
        ),
    ):
        async with transaction(database.connections) as work:
            with pytest.raises(IntegrityConstraintViolationError, match=constraint):
                await TableStore(work, mappings.TASKS).add(broken)


async def test_a_task_never_stands_in_a_column_of_another_project(database: Database) -> None:
    other = a_project(WORKSPACE, key="OPS")
    foreign = a_column(other)
    async with transaction(database.connections) as work:
        for mapping, entity in ROWS[:5]:
            await TableStore(work, mapping).add(entity)
        await TableStore(work, mappings.PROJECTS).add(other)
        await TableStore(work, mappings.COLUMNS).add(foreign)
        await work.commit()
    async with transaction(database.connections) as work:
        with pytest.raises(
            IntegrityConstraintViolationError, match="fk_tasks_column_id_project_id"
        ):
            await TableStore(work, mappings.TASKS).add(replace(PARENT, column_id=foreign.id))
