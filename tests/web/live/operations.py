"""Live operations that echo what they are run on, and sinks that keep what they get."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from graphql import ExecutionResult

from domain.access import Role
from domain.events import ProjectEvent
from domain.identifiers import ProjectId, TaskId, UserId, WorkspaceId
from graph.context import GraphContext
from graph.live_updates import LiveOperation, Topic, Update
from graph.operation import GraphResponse
from graph.selected_fields import SelectedFields
from tests.builders import new_id
from web.live.results import LiveResult

WORKSPACE = WorkspaceId(UUID(int=77))


@dataclass(slots=True)
class Execution:
    """What was executed, and the errors that the next executions raise instead."""

    batches: list[list[int]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    # Nothing ends while this is not set.
    may_run: asyncio.Event = field(default_factory=asyncio.Event)
    # Makes events long.
    filler: str = ""

    def __post_init__(self) -> None:
        self.may_run.set()

    async def run(self, updates: Sequence[Update], _context: object) -> list[ExecutionResult]:
        await asyncio.sleep(0)
        await self.may_run.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append([_seq(update) for update in updates])
        return [ExecutionResult(self._data(update), None) for update in updates]

    def _data(self, update: Update) -> dict[str, object]:
        if not isinstance(update, ProjectEvent):
            return {"reason": update.reason.value, "seq": update.cursor.seq}
        return {"seq": update.seq, **({"filler": self.filler} if self.filler else {})}

    def operation(
        self,
        project_id: ProjectId,
        *,
        after: int | None = None,
        key: str = "same",
        task_id: TaskId | None = None,
    ) -> LiveOperation:
        """An operation on the project's events, shared by all with the same key."""
        nothing = cast("Any", None)
        return LiveOperation(
            topic=Topic(workspace_id=WORKSPACE, project_id=project_id, task_id=task_id),
            after=after,
            is_shared=True,
            key=(key, project_id, task_id),
            batch_key=key,
            context=GraphContext(viewer=None, readers=nothing, commands=nothing, live=nothing),
            selected=SelectedFields.everything(),
            execute_events=self.run,
        )


def _seq(update: Update) -> int:
    return update.seq if isinstance(update, ProjectEvent) else update.cursor.seq


class MemoryMemberships:
    """`web.live.sources.Memberships` of one workspace."""

    def __init__(self) -> None:
        self.role_by_user_id: dict[UserId, Role] = {}

    def a_member(self, role: Role = Role.MEMBER) -> UserId:
        """Somebody new who belongs to the workspace."""
        user_id = UserId(new_id())
        self.role_by_user_id[user_id] = role
        return user_id

    async def roles(
        self, workspace_ids: Collection[UUID]
    ) -> Mapping[WorkspaceId, Mapping[UserId, Role]]:
        return {WorkspaceId(w): dict(self.role_by_user_id) for w in workspace_ids}

    async def find_role(self, _workspace_id: WorkspaceId, user_id: UserId) -> Role | None:
        return self.role_by_user_id.get(user_id)


class MemorySink:
    """A sink with as much room as a test gives it."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.results: list[LiveResult] = []
        self.last: GraphResponse | None = None
        self._room = room
        self._changed = asyncio.Event()

    @property
    def seen(self) -> list[Any]:
        """The seqs of events, and the reasons of resyncs with theirs."""
        data = [cast("dict[str, Any]", result.response.data) for result in self.results]
        return [(d["reason"], d["seq"]) if "reason" in d else d["seq"] for d in data]

    def push(self, result: LiveResult) -> bool:
        if self._room <= 0:
            return False
        self._room -= 1
        self.results.append(result)
        self._note()
        return True

    async def wait_for_room(self) -> None:
        while self._room <= 0:
            await self._wait()

    def end(self, last: GraphResponse) -> None:
        self.last = last
        self._note()

    def make_room(self, room: int = 1_000_000) -> None:
        """Take so many more."""
        self._room += room
        self._note()

    async def until(self, count: int) -> list[Any]:
        """What has been seen once it is so much."""
        async with asyncio.timeout(10):
            while len(self.results) < count:
                await self._wait()
        return self.seen

    async def ended(self) -> str:
        """The code of the error that ends it."""
        async with asyncio.timeout(10):
            while self.last is None:
                await self._wait()
        extensions = cast("dict[str, str]", self.last.errors[0]["extensions"])
        return extensions["code"]

    def _note(self) -> None:
        self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()
