"""The live subscriptions of this process, in groups that share what they have in common."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from contextvars import Context
from types import TracebackType
from typing import Final, Self, TypeVar

from domain.access import Role
from domain.errors import Forbidden, Unavailable
from domain.identifiers import UserId
from graph.live_updates import LiveOperation
from infra.backoff import Backoff
from infra.metrics import LIVE_GROUPS, LIVE_SUBSCRIPTIONS
from infra.telemetry.tracing import Tracing
from web.event_spans import GroupSpans
from web.live.executions import Executions
from web.live.group import Group
from web.live.hub import LiveHub
from web.live.results import LiveResult, ended_by, is_passing
from web.live.sources import HubClosed, Memberships
from web.live.subscriber import Subscriber, Update

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

# Longer than the statements of one pass may take.
_RUN_SECONDS: Final = 30.0
# What no event tells of, as when rows are deleted by hand.
_RECHECK_SECONDS: Final = 10.0


class LiveSubscriptions:
    """Groups over the feeds of a hub. Open while its context is, which must be inside the hub's.

    Whoever is removed from a workspace loses its subscriptions with the event that tells of
    it: every project's log has one, in order with what follows.
    """

    def __init__(
        self, *, hub: LiveHub, memberships: Memberships, tracing: Tracing | None = None
    ) -> None:
        self._spans = GroupSpans(tracing)
        self._hub = hub
        self._memberships = memberships
        self._group_by_key: dict[Hashable, Group] = {}
        self._executions = Executions(self._work)
        self._working: set[asyncio.Task[None]] = set()
        self._tasks = asyncio.TaskGroup()
        self._task_by_owner: dict[Group | Subscriber, asyncio.Task[None]] = {}
        self._recheck: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._recheck = self._tasks.create_task(self._recheck_again_and_again())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        last = ended_by(HubClosed("live updates end here; connect again"))
        for owner in (*self._group_by_key.values(), *self._task_by_owner):
            owner.end(last)
        for task in (*self._task_by_owner.values(), *self._working, self._recheck):
            if task is not None:
                task.cancel()
        # The group wraps what the body raised; of that it only needs to know cancellation.
        if isinstance(exc, asyncio.CancelledError):
            await self._tasks.__aexit__(exc_type, exc, traceback)
        else:
            await self._tasks.__aexit__(None, None, None)

    async def subscribe(self, operation: LiveOperation, viewer_id: UserId) -> Subscriber:
        """A subscriber that may see the topic and has a place in it, to be started or closed.

        Raises Forbidden, LimitExceeded, Unavailable, and HubClosed when the process stops.
        """
        feed = self._hub.hold(operation.topic.project_id)
        try:
            follower = await feed.join(operation.after)
            try:
                # Not before: a removal is either seen now or comes as an event.
                role = await self._role(operation, viewer_id)
            except BaseException:
                feed.leave(follower)
                raise
        except BaseException:
            self._hub.release(feed)
            raise
        LIVE_SUBSCRIPTIONS.labels(operation.topic.field).inc()
        return Subscriber(
            self, operation, feed=feed, follower=follower, viewer_id=viewer_id, role=role
        )

    def admit(self, member: Subscriber) -> Group:
        """Make it a member of the group that gets what its operation selects."""
        key = member.operation.key
        group = self._group_by_key.get(key)
        if group is None:
            group = self._group_by_key[key] = Group(
                member.operation,
                member.feed,
                run=self.run,
                read_roles=self._read_roles,
                on_empty=self._dissolve,
                spans=self._spans,
            )
            # It works for others than whose request it begins in.
            self._serve(group, group.serve(), Context())
            LIVE_GROUPS.set(len(self._group_by_key))
        group.join(member)
        return group

    def serve_alone(self, member: Subscriber) -> None:
        """Have `catch_up` run in a task, which `stop_serving` ends."""
        self._serve(member, member.catch_up())

    def stop_serving(self, member: Subscriber) -> None:
        """End that task, if there is one."""
        self._stop(member)

    def forget(self, member: Subscriber) -> None:
        """Count it no longer."""
        LIVE_SUBSCRIPTIONS.labels(member.operation.topic.field).dec()
        self._hub.release(member.feed)

    async def require_access(self, member: Subscriber) -> None:
        """Raise Forbidden unless it may see its topic now; wait while nobody knows."""
        member.role = await _patiently(lambda: self._role(member.operation, member.viewer_id))

    async def run(
        self, operation: LiveOperation, updates: Sequence[Update]
    ) -> Sequence[LiveResult]:
        """A result for each update; waits while something can't be read."""
        return await self._executions.run(operation, updates)

    async def _role(self, operation: LiveOperation, viewer_id: UserId) -> Role:
        """The viewer's present role; raise Forbidden when they have none."""
        role = await self._memberships.find_role(operation.topic.workspace_id, viewer_id)
        if role is None:
            raise Forbidden("You are not a member of this workspace.")
        return role

    def _dissolve(self, group: Group) -> None:
        del self._group_by_key[group.operation.key]
        self._stop(group)
        LIVE_GROUPS.set(len(self._group_by_key))

    async def _read_roles(self, operation: LiveOperation) -> Mapping[UserId, Role]:
        workspace_id = operation.topic.workspace_id
        roles = await _patiently(lambda: self._memberships.roles([workspace_id]))
        return roles[workspace_id]

    async def _recheck_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_RECHECK_SECONDS)
            try:
                await self.recheck()
            except Unavailable as error:
                _LOG.warning("who may see what is not checked: %s", error)

    async def recheck(self) -> None:
        """End the subscriptions of those who lost access without an event that tells of it."""
        groups = list(self._group_by_key.values())
        workspace_ids = {group.operation.topic.workspace_id for group in groups}
        if not workspace_ids:
            return
        roles = await self._memberships.roles(workspace_ids)
        for group in groups:
            group.apply_roles(roles[group.operation.topic.workspace_id])

    def _work(self, work: Coroutine[None, None, None]) -> None:
        task = self._tasks.create_task(work, context=Context())
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    def _serve(
        self,
        owner: Group | Subscriber,
        work: Coroutine[None, None, None],
        context: Context | None = None,
    ) -> None:
        task = self._tasks.create_task(work, context=context)
        self._task_by_owner[owner] = task
        task.add_done_callback(lambda done: self._served(owner, done))

    def _served(self, owner: Group | Subscriber, task: asyncio.Task[None]) -> None:
        # It may be served by another task again.
        if self._task_by_owner.get(owner) is task:
            del self._task_by_owner[owner]

    def _stop(self, owner: Group | Subscriber) -> None:
        task = self._task_by_owner.pop(owner, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """The work's result, when a dependency that is away has come back."""
    backoff = Backoff(first=0.1, longest=2.0)
    while True:
        try:
            async with asyncio.timeout(_RUN_SECONDS):
                return await work()
        except Exception as error:
            if not is_passing(error):
                raise
            _LOG.warning("live updates wait for a dependency: %s", error)
        await backoff.sleep()
