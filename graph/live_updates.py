"""What live subscriptions follow, and how their events are executed."""

from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import ExecutionResult

from domain.errors import Unavailable
from domain.events import ProjectEvent, Resync
from domain.identifiers import ProjectId, TaskId, WorkspaceId
from graph.context import GraphContext
from graph.engine.subscription import ExecuteEvents
from graph.errors import execution_errors
from graph.operation import GraphResponse
from graph.selected_fields import SelectedFields

Update: TypeAlias = ProjectEvent | Resync


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A project's events, or those of one of its tasks."""

    workspace_id: WorkspaceId
    project_id: ProjectId
    task_id: TaskId | None = None

    @property
    def field(self) -> str:
        """The field of Subscription that follows it."""
        return "projectEvents" if self.task_id is None else "taskEvents"

    def has(self, update: Update) -> bool:
        """Whether the update is of this topic."""
        return self.task_id is None or isinstance(update, Resync) or update.task_id == self.task_id


class LiveUpdates(AsyncGenerator[Any, None]):
    """The updates of a topic that the viewer may see, read from the context's live events.

    Each finds a context that has read nothing yet. Who gets the updates of the topic from
    elsewhere need not iterate.
    """

    def __init__(self, context: GraphContext, topic: Topic, after: int | None) -> None:
        self.topic = topic
        self.after = after
        self._updates = _updates(context, topic, after)

    async def asend(self, value: None) -> Any:  # noqa: ANN401 - sources are entities
        """The next update."""
        return await self._updates.asend(value)

    async def athrow(self, *error: Any) -> Any:  # noqa: ANN401
        """Raise the error where the generator waits."""
        return await self._updates.athrow(*error)

    async def aclose(self) -> None:
        """Stop following."""
        await self._updates.aclose()


async def _updates(
    context: GraphContext, topic: Topic, after: int | None
) -> AsyncGenerator[Update, None]:
    async with context.live.follow(topic.project_id, after=after) as updates:
        async for update in updates:
            if topic.has(update):
                context.renew()
                (await context.visibility()).role_in(topic.workspace_id)
                yield update


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOperation:
    """What a live subscription selects.

    Operations with equal keys give equal responses. Those with equal batch keys differ in what
    they follow at most: any of them executes the updates of all.
    """

    topic: Topic
    after: int | None
    # Whether one execution serves every member of the workspace.
    is_shared: bool
    key: Hashable
    batch_key: Hashable
    context: GraphContext
    selected: SelectedFields
    execute_events: ExecuteEvents

    async def run(self, updates: Sequence[Update]) -> list[GraphResponse]:
        """A response for each update, all in the state of this moment.

        Raises Unavailable when something can't be read now, and Forbidden when the viewer of
        an operation that is not shared may no longer see the topic. The caller bounds the time.
        """
        workspace_id = self.topic.workspace_id
        if self.is_shared:
            context = self.context.of_workspace(workspace_id)
        else:
            context = self.context.another()
            (await context.visibility()).role_in(workspace_id)
        context.selected = self.selected
        try:
            results = await self.execute_events(updates, context)
        finally:
            context.renew()
        for result in results:
            _require_available(result)
        return [response_of(result) for result in results]


def _require_available(result: ExecutionResult) -> None:
    for error in result.errors or ():
        if isinstance(error.original_error, Unavailable):
            raise error.original_error


def response_of(result: ExecutionResult) -> GraphResponse:
    """The response of an execution."""
    return GraphResponse(
        data=result.data,
        errors=execution_errors(result.errors),
        # Without data and without a path nothing was executed: the variables were wrong.
        is_request_error=result.data is None
        and bool(result.errors)
        and all(error.path is None for error in result.errors or ()),
    )


class LiveResponses(AsyncGenerator[GraphResponse, None]):
    """The responses to a live subscription, one by one, or an operation to run by the reader."""

    def __init__(
        self, responses: AsyncGenerator[GraphResponse, None], operation: LiveOperation
    ) -> None:
        self.operation = operation
        self._responses = responses

    async def asend(self, value: None) -> GraphResponse:
        """The next response."""
        return await self._responses.asend(value)

    async def athrow(self, *error: Any) -> GraphResponse:  # noqa: ANN401 - as generators have it
        """Raise the error where the generator waits."""
        return await self._responses.athrow(*error)

    async def aclose(self) -> None:
        """Stop following."""
        await self._responses.aclose()
