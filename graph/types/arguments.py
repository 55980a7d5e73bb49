"""The arguments of list fields, and what their loaders are asked for."""

from typing import Annotated

import strawberry

from domain.errors import InvalidInput
from domain.events import Cursor
from domain.queries import Page, TaskSelection
from graph.connections import After, Before, First, IncludeArchived, Last, page_of
from graph.inputs.filters import TaskFilterInput, TaskOrderInput, task_selection
from graph.loaders.boards import ProjectListing
from graph.loaders.events import EventListing
from graph.loaders.tasks import TaskListing

TaskFilterArgument = Annotated[
    TaskFilterInput | None, strawberry.argument(name="filter", description="Which tasks.")
]
OrderBy = Annotated[
    list[TaskOrderInput] | None,
    strawberry.argument(description="Sort keys, the first one weighing most."),
]
AfterPosition = Annotated[
    Cursor | None, strawberry.argument(description="Only events behind this position.")
]
BeforePosition = Annotated[
    Cursor | None, strawberry.argument(description="Only events before this position.")
]


def is_archived_included(include_archived: IncludeArchived = False) -> bool:  # noqa: FBT002
    """Whether archived ones are listed."""
    return include_archived


def page(
    first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Page:
    """A page."""
    return page_of(first, after, last, before)


def event_listing(
    first: First = None,
    after: AfterPosition = None,
    last: Last = None,
    before: BeforePosition = None,
) -> EventListing:
    """A page of events, its bounds as seqs of the cursors' project."""
    return EventListing(
        page=page_of(first, _seq(after), last, _seq(before)),
        project_ids=frozenset(cursor.project_id for cursor in (after, before) if cursor),
    )


def project_listing(
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    include_archived: IncludeArchived = False,  # noqa: FBT002
) -> ProjectListing:
    """Which projects."""
    return ProjectListing(
        page=page_of(first, after, last, before), includes_archived=include_archived
    )


def task_listing(  # noqa: PLR0913, PLR0917 - the arguments of a connection
    task_filter: TaskFilterArgument = None,
    order_by: OrderBy = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    include_archived: IncludeArchived = False,  # noqa: FBT002
) -> TaskListing:
    """Which tasks, in which order."""
    return TaskListing(
        selection=task_selection(task_filter, order_by, includes_archived=include_archived),
        page=page_of(first, after, last, before),
    )


def board_task_listing(
    task_filter: TaskFilterArgument = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    include_archived: IncludeArchived = False,  # noqa: FBT002
) -> TaskListing:
    """Which tasks, in board order."""
    return task_listing(
        task_filter=task_filter,
        first=first,
        after=after,
        last=last,
        before=before,
        include_archived=include_archived,
    )


def open_tasks() -> TaskSelection:
    """All tasks that are not archived."""
    return TaskSelection()


def seq_in(project_id: object, cursor: Cursor) -> int:
    """The cursor's seq; raise InvalidInput when it belongs to another project."""
    if cursor.project_id != project_id:
        raise InvalidInput("This cursor belongs to another project.", field=("after",))
    return cursor.seq


def _seq(cursor: Cursor | None) -> str | None:
    return None if cursor is None else str(cursor.seq)
