"""Types that refer to one another across modules."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from graph.types.boards import BoardColumn, Label, Project
    from graph.types.conversations import Attachment, ChecklistItem, Comment
    from graph.types.events import ProjectEventConnection
    from graph.types.people import Membership, User, Workspace
    from graph.types.tasks import Task

UserRef = Annotated["User", strawberry.lazy("graph.types.people")]
MembershipRef = Annotated["Membership", strawberry.lazy("graph.types.people")]
WorkspaceRef = Annotated["Workspace", strawberry.lazy("graph.types.people")]
ProjectRef = Annotated["Project", strawberry.lazy("graph.types.boards")]
BoardColumnRef = Annotated["BoardColumn", strawberry.lazy("graph.types.boards")]
LabelRef = Annotated["Label", strawberry.lazy("graph.types.boards")]
TaskRef = Annotated["Task", strawberry.lazy("graph.types.tasks")]
ChecklistItemRef = Annotated["ChecklistItem", strawberry.lazy("graph.types.conversations")]
AttachmentRef = Annotated["Attachment", strawberry.lazy("graph.types.conversations")]
CommentRef = Annotated["Comment", strawberry.lazy("graph.types.conversations")]
ProjectEventConnectionRef = Annotated[
    "ProjectEventConnection", strawberry.lazy("graph.types.events")
]
