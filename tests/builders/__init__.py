"""What tests are built from: entities, clocks, ids, and a world to act in."""

from tests.builders.entities import (
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
)
from tests.builders.ports import (
    MONDAY,
    TRACE_PARENT,
    CountingIds,
    FixedClock,
    FixedTrace,
    PlainTokens,
    new_id,
    numbered_id,
)
from tests.builders.worlds import World, a_world, told

__all__ = [
    "MONDAY",
    "TRACE_PARENT",
    "CountingIds",
    "FixedClock",
    "FixedTrace",
    "PlainTokens",
    "World",
    "a_checklist_item",
    "a_column",
    "a_comment",
    "a_label",
    "a_membership",
    "a_project",
    "a_task",
    "a_user",
    "a_workspace",
    "a_world",
    "an_invitation",
    "new_id",
    "numbered_id",
    "told",
]
