"""The domain's enums as the schema shows them. Importing this module registers them."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from domain.access import Role
from domain.entities import ColumnCategory, Priority
from domain.errors import ErrorCode
from domain.events import ProjectEventKind, ResyncReason
from domain.invitations import InvitationStatus
from domain.queries import OrderDirection, TaskOrderField

T = TypeVar("T", bound=Enum)


def _show(enum_type: type[T], description: str, member_descriptions: Mapping[T, str]) -> None:
    """Register the enum with a description of each member."""
    shown = strawberry.enum(enum_type, description=description)
    for value in shown.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = member_descriptions[enum_type[value.name]]


_show(
    Priority,
    "How urgent a task is.",
    {
        Priority.NONE: "Nobody has said.",
        Priority.LOW: "When there is nothing better to do.",
        Priority.MEDIUM: "In its turn.",
        Priority.HIGH: "Before the others.",
        Priority.URGENT: "Now.",
    },
)
_show(
    ColumnCategory,
    "What standing in a column means for a task's life.",
    {
        ColumnCategory.BACKLOG: "Not planned yet.",
        ColumnCategory.UNSTARTED: "Planned, not begun.",
        ColumnCategory.STARTED: "Being worked on; sets startedAt.",
        ColumnCategory.DONE: "Finished; sets completedAt.",
        ColumnCategory.CANCELED: "Given up; sets canceledAt.",
    },
)
_show(
    Role,
    "A member's standing in a workspace.",
    {
        Role.OWNER: "May do everything.",
        Role.ADMIN: "May change projects, columns and the workspace, and moderate comments.",
        Role.MEMBER: "May change tasks and labels, and comment.",
        Role.VIEWER: "May read.",
    },
)
_show(
    InvitationStatus,
    "What an invitation is still good for.",
    {
        InvitationStatus.OPEN: "It can be accepted.",
        InvitationStatus.ACCEPTED: "Somebody has joined with it.",
        InvitationStatus.EXPIRED: "Its time is over.",
    },
)
_show(
    OrderDirection,
    "Which end comes first; absent values come last either way.",
    {OrderDirection.ASC: "Smallest first.", OrderDirection.DESC: "Largest first."},
)
_show(
    TaskOrderField,
    "What tasks can be sorted by.",
    {
        TaskOrderField.POSITION: "Board order: the column's place, then the task's.",
        TaskOrderField.NUMBER: "The number in the human key.",
        TaskOrderField.TITLE: "The title.",
        TaskOrderField.PRIORITY: "From NONE up to URGENT.",
        TaskOrderField.DUE_DATE: "The due date.",
        TaskOrderField.CREATED_AT: "When it was created.",
        TaskOrderField.UPDATED_AT: "When it was changed last.",
    },
)
_show(
    ResyncReason,
    "Why a subscriber has to read the state again.",
    {
        ResyncReason.CURSOR_EXPIRED: "The log no longer reaches back to the cursor.",
        ResyncReason.SLOW_CONSUMER: "The subscriber fell too far behind.",
        ResyncReason.ACCESS_CHANGED: "The subscriber's rights changed.",
    },
)
_show(
    ErrorCode,
    "Stable codes of the errors a mutation reports in its payload.",
    {
        ErrorCode.INVALID_INPUT: "A value is malformed or out of bounds.",
        ErrorCode.NOT_FOUND: "There is no such object, or you may not see it.",
        ErrorCode.ALREADY_EXISTS: "A unique value is taken.",
        ErrorCode.STALE_VERSION: "Somebody changed it since; the payload has its present state.",
        ErrorCode.COLUMN_NOT_EMPTY: "Name the column its tasks go to.",
        ErrorCode.ARCHIVED: "It, or what it belongs to, is archived.",
        ErrorCode.IDEMPOTENCY_KEY_REUSED: "The key was used for a different request.",
        ErrorCode.LIMIT_EXCEEDED: "Too many at once.",
        ErrorCode.INVALID_MOVE: "The named neighbour does not stand there.",
        ErrorCode.LAST_OWNER: "It would leave the workspace without an owner.",
        ErrorCode.EXPIRED: "Its time is over.",
        ErrorCode.ALREADY_USED: "It was good for one use.",
        ErrorCode.WRONG_ACCOUNT: "It is for another account than yours.",
    },
)

_SUBJECTS = {
    "PROJECT": "project",
    "COLUMN": "column",
    "LABEL": "label",
    "TASK": "task",
    "CHECKLIST_ITEM": "checklist item",
    "COMMENT": "comment",
    "ATTACHMENT": "attachment",
    "MEMBER": "member of the workspace",
}
_HAPPENINGS = {
    "CREATED": "was created",
    "ADDED": "was added",
    "UPDATED": "was changed",
    "MOVED": "was moved",
    "ARCHIVED": "was archived",
    "RESTORED": "was restored",
    "DELETED": "was deleted",
    "REMOVED": "was removed",
    "REBALANCED": "had the positions of some tasks respaced; their order is the same",
}


def _event_description(kind: ProjectEventKind) -> str:
    subject, _, happening = kind.value.rpartition("_")
    return f"A {_SUBJECTS[subject]} {_HAPPENINGS[happening]}."


_show(
    ProjectEventKind,
    "What an event tells of.",
    {kind: _event_description(kind) for kind in ProjectEventKind},
)
