"""One live subscription of one client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, TypeAlias

from domain.access import Role
from domain.events import ProjectEvent, Resync
from domain.identifiers import UserId
from graph.live_updates import LiveOperation
from graph.operation import GraphResponse, JsonObject
from infra.metrics import LIVE_DELIVERIES
from web.live.feed import Feed
from web.live.follower import Follower
from web.live.results import LiveResult, Sink, ended_by

Update: TypeAlias = ProjectEvent | Resync

# Executed together. The first of them waits for the last.
BATCH: Final = 64


def seq_of(update: Update) -> int:
    """The position behind the update."""
    return update.seq if isinstance(update, ProjectEvent) else update.cursor.seq


class Ending(Enum):
    """Why a subscription is over."""

    # Its client wants no more.
    COMPLETED = "completed"
    # The connection that it came by has ended.
    DISCONNECTED = "disconnected"
    # The server told it why it ends.
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberEnd:
    """What a subscriber has had when it is over."""

    ending: Ending
    deliveries: int
    resyncs: int
    # The errors it was ended with.
    last: Sequence[JsonObject] | None


class Circle(Protocol):
    """A group, as its members see it."""

    operation: LiveOperation
    # Behind this all members get the same.
    position: int

    def leave(self, member: "Subscriber") -> None:
        """Send the member nothing any more."""
        ...


class Desk(Protocol):
    """What subscribers are served by."""

    def admit(self, member: "Subscriber") -> Circle:
        """Make it a member of the group that gets what the operation selects."""
        ...

    def serve_alone(self, member: "Subscriber") -> None:
        """Have `catch_up` run in a task, which `stop_serving` ends."""
        ...

    def stop_serving(self, member: "Subscriber") -> None:
        """End that task, if there is one."""
        ...

    async def require_access(self, member: "Subscriber") -> None:
        """Raise Forbidden unless it may see its topic now; wait while nobody knows."""
        ...

    async def run(
        self, operation: LiveOperation, updates: Sequence[Update]
    ) -> Sequence[LiveResult]:
        """A result for each update; waits while something can't be read."""
        ...

    def forget(self, member: "Subscriber") -> None:
        """Count it no longer."""
        ...


class Subscriber:
    """Gets everything behind a position once and in order.

    It is a member of a group, which hands it what was executed for all of them, or, while
    it is behind, a reader of its own follower, at the pace of its client.
    """

    __slots__ = (
        "_circle", "_deliveries", "_desk", "_follower", "_position", "_resyncs", "_sink",
        "feed", "is_open", "operation", "role", "viewer_id", "when_ended",
    )  # fmt: skip

    def __init__(
        self,
        desk: Desk,
        operation: LiveOperation,
        *,
        feed: Feed,
        follower: Follower,
        viewer_id: UserId,
        role: Role,
    ) -> None:
        self.operation = operation
        self.feed = feed
        self.viewer_id = viewer_id
        # As it was known last.
        self.role = role
        self.is_open = True
        # Is told once, when this is over.
        self.when_ended: Callable[[SubscriberEnd], None] | None = None
        self._deliveries = self._resyncs = 0
        self._desk = desk
        self._follower: Follower | None = follower
        self._position = follower.position
        self._circle: Circle | None = None
        self._sink: Sink | None = None

    def start(self, sink: Sink) -> None:
        """Hand everything to the sink from now on."""
        self._sink = sink
        if not self._joined():
            self._desk.serve_alone(self)

    def receive(self, seq: int, result: LiveResult) -> bool:
        """Take the group's next result; say whether it was handed on."""
        if seq <= self._position or self._sink is None or self._circle is None:
            return False
        if self._sink.push(result):
            self._position = seq
            self._deliveries += 1
            return True
        self._fall_behind(max(self._position, self._circle.position))
        return False

    def receive_resync(self, update: Resync, result: LiveResult) -> bool:
        """Take a result that says to start over behind its cursor, wherever this one is."""
        if self._sink is None:
            return False
        self._position = update.cursor.seq
        if self._sink.push(result):
            self._resyncs += 1
            return True
        self._fall_behind(update.cursor.seq)
        if self._follower is not None:
            self._follower.resync(update.reason)
        return False

    def end(self, last: GraphResponse) -> None:
        """Tell the client why nothing follows, and close."""
        if self.is_open:
            sink = self._sink
            self.close(Ending.ENDED, last=last.errors)
            if sink is not None:
                sink.end(last)

    def close(self, ending: Ending, *, last: Sequence[JsonObject] | None = None) -> None:
        """Hand on nothing any more."""
        if not self.is_open:
            return
        self.is_open = False
        if self._circle is not None:
            self._circle.leave(self)
        if self._follower is not None:
            self.feed.leave(self._follower)
        self._circle = self._follower = self._sink = None
        self._desk.stop_serving(self)
        self._desk.forget(self)
        if self.when_ended is not None:
            self.when_ended(
                SubscriberEnd(
                    ending=ending, deliveries=self._deliveries, resyncs=self._resyncs, last=last
                )
            )
            self.when_ended = None

    async def catch_up(self) -> None:
        """Hand on what the follower reads until the group can take over. Raises nothing."""
        try:
            while self._follower is not None and not self._joined():
                await self._hand_on(self._follower)
        except Exception as error:  # noqa: BLE001 - told to the client, masked and logged
            self.end(ended_by(error))

    def _joined(self) -> bool:
        """Whether nothing is left to catch up with, so that the group has taken over."""
        if self._follower is None or not self._follower.is_caught_up:
            return False
        self._position = self._follower.position
        self.feed.leave(self._follower)
        self._follower = None
        self._circle = self._desk.admit(self)
        # The group's own does the same and is there in any case.
        self.operation = self._circle.operation
        return True

    async def _hand_on(self, follower: Follower) -> None:
        sink = self._sink
        if sink is None:
            return
        await sink.wait_for_room()
        topic = self.operation.topic
        updates = [update for update in await follower.take(BATCH) if topic.has(update)]
        if not updates:
            return
        # Not before: what happened meanwhile may have been that they were sent away.
        await self._desk.require_access(self)
        results = await self._desk.run(self.operation, updates)
        delivered = 0
        for update, result in zip(updates, results, strict=True):
            # Nothing that was read meanwhile goes to somebody who has left.
            while self.is_open and not sink.push(result):
                await sink.wait_for_room()
            if not self.is_open:
                break
            delivered += 1
            if isinstance(update, Resync):
                self._resyncs += 1
            else:
                self._deliveries += 1
        LIVE_DELIVERIES.inc(delivered)

    def _fall_behind(self, position: int) -> None:
        if self._circle is not None:
            self._circle.leave(self)
            self._circle = None
        self._follower = self.feed.join_at(position, has_overflowed=True)
        self._desk.serve_alone(self)
