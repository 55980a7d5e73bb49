"""Subscriptions that select the same of the same events: one execution serves them all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from domain.access import Role
from domain.errors import Forbidden
from domain.events import Cursor, ProjectEvent, Resync, ResyncReason
from domain.identifiers import UserId
from graph.live_updates import LiveOperation
from graph.operation import GraphResponse
from infra.metrics import LIVE_DELIVERIES, LIVE_RESYNCS
from web.event_spans import GroupSpans
from web.live.feed import Feed
from web.live.results import LiveResult, ended_by
from web.live.subscriber import BATCH, Subscriber, Update, seq_of

Run = Callable[[LiveOperation, Sequence[Update]], Awaitable[Sequence[LiveResult]]]
ReadRoles = Callable[[LiveOperation], Awaitable[Mapping[UserId, Role]]]

# Then the loop may send what was written and turn to others: some milliseconds.
_MEMBERS_PER_TURN: Final = 500


class Group:
    """Hands each update to every member that has not had it.

    It reads one follower, so it falls behind, catches up and resyncs as a single reader does.
    """

    def __init__(
        self,
        operation: LiveOperation,
        feed: Feed,
        *,
        run: Run,
        read_roles: ReadRoles,
        on_empty: Callable[["Group"], None],
        spans: GroupSpans,
    ) -> None:
        self.operation = operation
        self.position = feed.last_seq
        self._feed = feed
        self._follower = feed.join_at(self.position)
        self._run = run
        self._read_roles = read_roles
        self._on_empty = on_empty
        self._spans = spans
        self._members: dict[Subscriber, None] = {}

    def join(self, member: Subscriber) -> None:
        """Begin with the update behind the member's position, which is not before the group's."""
        self._members[member] = None

    def leave(self, member: Subscriber) -> None:
        """Send the member nothing any more."""
        if self._members.pop(member, self) is None and not self._members:
            self._feed.leave(self._follower)
            self._on_empty(self)

    def end(self, last: GraphResponse) -> None:
        """End every member."""
        for member in tuple(self._members):
            member.end(last)

    async def serve(self) -> None:
        """Hand on what the follower reads, until cancelled or ended. Raises nothing."""
        try:
            while self._members:
                await self._hand_on(await self._follower.take(BATCH))
        except Exception as error:  # noqa: BLE001 - told to the members, masked and logged
            self.end(ended_by(error))

    def apply_roles(self, roles: Mapping[UserId, Role]) -> list[Subscriber]:
        """End those who no longer belong to the workspace → those whose role has changed."""
        changed = []
        for member in tuple(self._members):
            role = roles.get(member.viewer_id)
            if role is None:
                member.end(ended_by(Forbidden("You are not a member of this workspace.")))
            elif role is not member.role:
                member.role = role
                changed.append(member)
        return changed

    async def _hand_on(self, updates: Sequence[Update]) -> None:
        wanted = [update for update in updates if self.operation.topic.has(update)]
        with self._spans.executing(self.operation.topic.field, wanted):
            results = await self._run(self.operation, wanted) if wanted else ()
        changed: list[Subscriber] = []
        if any(_is_of_members(update) for update in updates):
            # The log orders changes and removals: whoever is gone was gone before what follows.
            changed = self.apply_roles(await self._read_roles(self.operation))
        for update, result in zip(wanted, results, strict=True):
            with self._spans.sending(self.operation.topic.field, update, len(self._members)):
                await self._spread(update, result)
            self.position = seq_of(update)
        self.position = seq_of(updates[-1])
        if changed:
            await self._tell_of_role(changed)

    async def _spread(self, update: Update, result: LiveResult) -> None:
        members = tuple(self._members)
        for start in range(0, len(members), _MEMBERS_PER_TURN):
            turn = members[start : start + _MEMBERS_PER_TURN]
            if isinstance(update, Resync):
                delivered = sum([member.receive_resync(update, result) for member in turn])
            else:
                seq = update.seq
                delivered = sum([member.receive(seq, result) for member in turn])
            LIVE_DELIVERIES.inc(delivered)
            if len(members) > _MEMBERS_PER_TURN:
                await asyncio.sleep(0)

    async def _tell_of_role(self, members: Sequence[Subscriber]) -> None:
        """Let those whose role has changed read again what they may do."""
        cursor = Cursor(self.operation.topic.project_id, self.position)
        update = Resync(reason=ResyncReason.ACCESS_CHANGED, cursor=cursor)
        [result] = await self._run(self.operation, [update])
        for member in members:
            if member.receive_resync(update, result):
                LIVE_RESYNCS.labels(update.reason.value).inc()


def _is_of_members(update: Update) -> bool:
    return isinstance(update, ProjectEvent) and update.kind.value.startswith("MEMBER_")
