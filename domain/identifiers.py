"""Distinct types for the identifiers of each kind of object; all are UUIDs."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
WorkspaceId = NewType("WorkspaceId", UUID)
MembershipId = NewType("MembershipId", UUID)
InvitationId = NewType("InvitationId", UUID)
ProjectId = NewType("ProjectId", UUID)
ColumnId = NewType("ColumnId", UUID)
LabelId = NewType("LabelId", UUID)
TaskId = NewType("TaskId", UUID)
ChecklistItemId = NewType("ChecklistItemId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
CommentId = NewType("CommentId", UUID)
EventId = NewType("EventId", UUID)
