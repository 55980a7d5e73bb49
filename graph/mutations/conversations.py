"""Mutations of checklist items and comments."""

import strawberry

from domain.commands import checklists, comments
from graph.inputs import conversations as inputs
from graph.loaders.conversations import ChecklistItemByIdLoader, CommentByIdLoader
from graph.mutations.execution import (
    MutationPayload,
    deletion,
    mutation,
    payload_deleted_id,
    payload_object,
)
from graph.types.conversations import ChecklistItem, Comment


@strawberry.type(description="What `checklistItemCreate` led to.")
class ChecklistItemCreatePayload(MutationPayload):
    """What `checklistItemCreate` led to."""

    item: ChecklistItem | None = payload_object("The new step, or null on error.")


@strawberry.type(description="What `checklistItemUpdate` led to.")
class ChecklistItemUpdatePayload(MutationPayload):
    """What `checklistItemUpdate` led to."""

    item: ChecklistItem | None = payload_object(
        "The step as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `checklistItemDelete` led to.")
class ChecklistItemDeletePayload(MutationPayload):
    """What `checklistItemDelete` led to."""

    deleted_item_id: strawberry.ID | None = payload_deleted_id(
        "The id of the step that was; null on error."
    )
    item: ChecklistItem | None = payload_object(
        "Its present state with STALE_VERSION; otherwise null."
    )


@strawberry.type(description="What `commentCreate` led to.")
class CommentCreatePayload(MutationPayload):
    """What `commentCreate` led to."""

    comment: Comment | None = payload_object("The new comment, or null on error.")


@strawberry.type(description="What `commentUpdate` led to.")
class CommentUpdatePayload(MutationPayload):
    """What `commentUpdate` led to."""

    comment: Comment | None = payload_object(
        "The comment as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `commentDelete` led to.")
class CommentDeletePayload(MutationPayload):
    """What `commentDelete` led to."""

    deleted_comment_id: strawberry.ID | None = payload_deleted_id(
        "The id of the comment that was; null on error."
    )
    comment: Comment | None = payload_object(
        "Its present state with STALE_VERSION; otherwise null."
    )


@strawberry.type
class ConversationMutations:
    """Mutations of checklist items and comments."""

    checklist_item_create: ChecklistItemCreatePayload = mutation(
        checklists.create_checklist_item,
        given=inputs.ChecklistItemCreateInput,
        payload=ChecklistItemCreatePayload,
        loader=ChecklistItemByIdLoader,
        description="Add a step to a task.",
    )
    checklist_item_update: ChecklistItemUpdatePayload = mutation(
        checklists.update_checklist_item,
        given=inputs.ChecklistItemUpdateInput,
        payload=ChecklistItemUpdatePayload,
        loader=ChecklistItemByIdLoader,
        description="Rename or tick a step.",
    )
    checklist_item_delete: ChecklistItemDeletePayload = deletion(
        checklists.delete_checklist_item,
        given=inputs.ChecklistItemDeleteInput,
        payload=ChecklistItemDeletePayload,
        loader=ChecklistItemByIdLoader,
        description="Remove a step.",
    )
    comment_create: CommentCreatePayload = mutation(
        comments.create_comment,
        given=inputs.CommentCreateInput,
        payload=CommentCreatePayload,
        loader=CommentByIdLoader,
        description="Say something about a task.",
    )
    comment_update: CommentUpdatePayload = mutation(
        comments.update_comment,
        given=inputs.CommentUpdateInput,
        payload=CommentUpdatePayload,
        loader=CommentByIdLoader,
        description="Rewrite your own comment.",
    )
    comment_delete: CommentDeletePayload = deletion(
        comments.delete_comment,
        given=inputs.CommentDeleteInput,
        payload=CommentDeletePayload,
        loader=CommentByIdLoader,
        description="Remove your own comment, or as an admin anybody's.",
    )
