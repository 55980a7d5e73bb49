"""Mutations of tasks."""

import strawberry

from domain.commands import task_batches, task_lifecycle, task_moves, tasks
from graph.inputs import tasks as inputs
from graph.loaders.tasks import TaskByIdLoader
from graph.mutations.execution import (
    MutationPayload,
    batch_mutation,
    deletion,
    mutation,
    payload_deleted_id,
    payload_object,
)
from graph.types.tasks import Task


@strawberry.type(description="What `taskCreate` led to.")
class TaskCreatePayload(MutationPayload):
    """What `taskCreate` led to."""

    task: Task | None = payload_object("The new task, or null on error.")


@strawberry.type(description="What `taskUpdate` led to.")
class TaskUpdatePayload(MutationPayload):
    """What `taskUpdate` led to."""

    task: Task | None = payload_object(
        "The task as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `taskMove` led to.")
class TaskMovePayload(MutationPayload):
    """What `taskMove` led to."""

    task: Task | None = payload_object(
        "The task as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `taskArchive` led to.")
class TaskArchivePayload(MutationPayload):
    """What `taskArchive` led to."""

    task: Task | None = payload_object(
        "The task as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `taskRestore` led to.")
class TaskRestorePayload(MutationPayload):
    """What `taskRestore` led to."""

    task: Task | None = payload_object(
        "The task as it is now; null on any error but STALE_VERSION."
    )


@strawberry.type(description="What `taskDelete` led to.")
class TaskDeletePayload(MutationPayload):
    """What `taskDelete` led to."""

    deleted_task_id: strawberry.ID | None = payload_deleted_id(
        "The id of the task that was; null on error."
    )
    task: Task | None = payload_object("Its present state with STALE_VERSION; otherwise null.")


@strawberry.type(description="What `tasksUpdate` led to.")
class TasksUpdatePayload(MutationPayload):
    """What `tasksUpdate` led to."""

    tasks: list[Task] | None = payload_object("The tasks as they are now, or null on error.")


@strawberry.type
class TaskMutations:
    """Mutations of tasks."""

    task_create: TaskCreatePayload = mutation(
        tasks.create_task,
        given=inputs.TaskCreateInput,
        payload=TaskCreatePayload,
        loader=TaskByIdLoader,
        description="Create a task in a column.",
    )
    task_update: TaskUpdatePayload = mutation(
        tasks.update_task,
        given=inputs.TaskUpdateInput,
        payload=TaskUpdatePayload,
        loader=TaskByIdLoader,
        description="Change a task's fields.",
    )
    task_move: TaskMovePayload = mutation(
        task_moves.move_task,
        given=inputs.TaskMoveInput,
        payload=TaskMovePayload,
        loader=TaskByIdLoader,
        description="Put a task between two others of a column.",
    )
    task_archive: TaskArchivePayload = mutation(
        task_lifecycle.archive_task,
        given=inputs.TaskArchiveInput,
        payload=TaskArchivePayload,
        loader=TaskByIdLoader,
        description="Take a task off the board; it keeps its place.",
    )
    task_restore: TaskRestorePayload = mutation(
        task_lifecycle.restore_task,
        given=inputs.TaskRestoreInput,
        payload=TaskRestorePayload,
        loader=TaskByIdLoader,
        description="Put an archived task back on the board.",
    )
    task_delete: TaskDeletePayload = deletion(
        task_lifecycle.delete_task,
        given=inputs.TaskDeleteInput,
        payload=TaskDeletePayload,
        loader=TaskByIdLoader,
        description="Remove a task for good, with all that belongs to it; its subtasks stay.",
    )
    tasks_update: TasksUpdatePayload = batch_mutation(
        task_batches.update_tasks,
        given=inputs.TasksUpdateInput,
        payload=TasksUpdatePayload,
        loader=TaskByIdLoader,
        description="Change up to 100 tasks of one project alike, all or none.",
    )
