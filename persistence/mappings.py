"""The mapping of every kind of entity."""

from typing import Final

from domain.entities import (
    Attachment,
    ChecklistItem,
    Column,
    Comment,
    Invitation,
    Label,
    Membership,
    Project,
    Task,
    User,
    Workspace,
)
from persistence import tables
from persistence.stores import EntityMapping

USERS: Final = EntityMapping(User, tables.users)
WORKSPACES: Final = EntityMapping(Workspace, tables.workspaces)
MEMBERSHIPS: Final = EntityMapping(Membership, tables.memberships)
INVITATIONS: Final = EntityMapping(Invitation, tables.invitations)
PROJECTS: Final = EntityMapping(Project, tables.projects)
COLUMNS: Final = EntityMapping(Column, tables.board_columns)
LABELS: Final = EntityMapping(Label, tables.labels)
TASKS: Final = EntityMapping(Task, tables.tasks)
CHECKLIST_ITEMS: Final = EntityMapping(ChecklistItem, tables.checklist_items)
ATTACHMENTS: Final = EntityMapping(Attachment, tables.attachments)
COMMENTS: Final = EntityMapping(Comment, tables.comments)
