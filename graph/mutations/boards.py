"""Mutations of columns and labels."""

import strawberry

from domain.commands import columns, labels
from graph.inputs import boards as inputs
from graph.loaders.boards import ColumnByIdLoader, LabelByIdLoader
from graph.mutations.execution import (
    MutationPayload,
    deletion,
    mutation,
    payload_deleted_id,
    payload_object,
)
from graph.types.boards import BoardColumn, Label


@strawberry.type(description="What `columnCreate` led to.")
class ColumnCreatePayload(MutationPayload):
    """What `columnCreate` led to."""

    column: BoardColumn | None = payload_object("The new column, or null on error.")


@strawberry.type(description="What `columnUpdate` led to.")
class ColumnUpdatePayload(MutationPayload):
    """What `columnUpdate` led to."""

    column: BoardColumn | None = payload_object(
        "The column as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `columnMove` led to.")
class ColumnMovePayload(MutationPayload):
    """What `columnMove` led to."""

    column: BoardColumn | None = payload_object(
        "The column as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `columnDelete` led to.")
class ColumnDeletePayload(MutationPayload):
    """What `columnDelete` led to."""

    deleted_column_id: strawberry.ID | None = payload_deleted_id(
        "The id of the column that was; null on error."
    )
    column: BoardColumn | None = payload_object(
        "Its present state with STALE_VERSION; otherwise null."
    )


@strawberry.type(description="What `labelCreate` led to.")
class LabelCreatePayload(MutationPayload):
    """What `labelCreate` led to."""

    label: Label | None = payload_object("The new label, or null on error.")


@strawberry.type(description="What `labelUpdate` led to.")
class LabelUpdatePayload(MutationPayload):
    """What `labelUpdate` led to."""

    label: Label | None = payload_object(
        "The label as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `labelDelete` led to.")
class LabelDeletePayload(MutationPayload):
    """What `labelDelete` led to."""

    deleted_label_id: strawberry.ID | None = payload_deleted_id(
        "The id of the label that was; null on error."
    )
    label: Label | None = payload_object("Its present state with STALE_VERSION; otherwise null.")


@strawberry.type
class BoardMutations:
    """Mutations of columns and labels."""

    column_create: ColumnCreatePayload = mutation(
        columns.create_column,
        given=inputs.ColumnCreateInput,
        payload=ColumnCreatePayload,
        loader=ColumnByIdLoader,
        description="Add a column to a board. For admins.",
    )
    column_update: ColumnUpdatePayload = mutation(
        columns.update_column,
        given=inputs.ColumnUpdateInput,
        payload=ColumnUpdatePayload,
        loader=ColumnByIdLoader,
        description="Change a column's name, category or limit. For admins.",
    )
    column_move: ColumnMovePayload = mutation(
        columns.move_column,
        given=inputs.ColumnMoveInput,
        payload=ColumnMovePayload,
        loader=ColumnByIdLoader,
        description="Put a column between two others. For admins.",
    )
    column_delete: ColumnDeletePayload = deletion(
        columns.delete_column,
        given=inputs.ColumnDeleteInput,
        payload=ColumnDeletePayload,
        loader=ColumnByIdLoader,
        description="Remove a column; its tasks go to the end of another. For admins.",
    )
    label_create: LabelCreatePayload = mutation(
        labels.create_label,
        given=inputs.LabelCreateInput,
        payload=LabelCreatePayload,
        loader=LabelByIdLoader,
        description="Add a label to a project.",
    )
    label_update: LabelUpdatePayload = mutation(
        labels.update_label,
        given=inputs.LabelUpdateInput,
        payload=LabelUpdatePayload,
        loader=LabelByIdLoader,
        description="Rename or recolour a label.",
    )
    label_delete: LabelDeletePayload = deletion(
        labels.delete_label,
        given=inputs.LabelDeleteInput,
        payload=LabelDeletePayload,
        loader=LabelByIdLoader,
        description="Remove a label from its project and from every task.",
    )
