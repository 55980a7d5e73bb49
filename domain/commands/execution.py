"""Running one command: one transaction, its idempotency key, its events."""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Final, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from domain import field_rules
from domain.access import Permission, require
from domain.entities import Project
from domain.errors import Archived, IdempotencyKeyReused, NotFound, StaleVersion
from domain.events import Cursor, FieldChange, ProjectEvent, ProjectEventKind
from domain.identifiers import EventId, ProjectId, TaskId, UserId
from domain.ports import (
    BriefWorkFactory,
    Clock,
    IdempotentResult,
    IdGenerator,
    InvitationTokens,
    LockedProject,
    NotBrief,
    Overtaken,
    TraceContext,
    UnitOfWork,
    UnitOfWorkFactory,
)
from domain.reads import TasksFound, TasksWanted


class _Unchanged(Enum):
    UNCHANGED = "UNCHANGED"


# A command's field that was left out, as opposed to None, which clears it.
UNCHANGED: Final = _Unchanged.UNCHANGED
Unchanged: TypeAlias = Literal[_Unchanged.UNCHANGED]

# Whoever was overtaken so often takes locks.
_BRIEF_ATTEMPTS: Final = 3

T = TypeVar("T")
O = TypeVar("O")  # noqa: E741 - pairs with T: the outcome's object
C = TypeVar("C", bound="Command")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish of a signed-in user. Retries with the same idempotency key act once."""

    idempotency_key: str | None = None
    client_mutation_id: str | None = None

    @property
    def is_brief(self) -> bool:
        """Whether it changes one task alone, as a rule. Then it is tried without a lock first."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[O]):
    """What a command led to.

    `object` is the result when this call made it; a replayed command has None
    and the ids alone, to be read in their present state.
    """

    object: O | None
    object_ids: tuple[UUID, ...]
    cursor: Cursor | None
    # What the caller wanted along with the object, where the command has read it anyway.
    along: TasksFound | None = None

    def with_along(self, along: TasksFound) -> "Outcome[O]":
        """The outcome with what was read along with it."""
        return Outcome(
            object=self.object, object_ids=self.object_ids, cursor=self.cursor, along=along
        )


@dataclass(slots=True, kw_only=True)
class CommandContext:
    """What a handler works with: the actor, the transaction, and the instant it happens at."""

    actor_id: UserId
    work: UnitOfWork
    ids: IdGenerator
    now: datetime
    client_mutation_id: str | None
    trace_parent: str | None
    tokens: InvitationTokens | None = None
    _seq_by_project_id: dict[ProjectId, int] = field(default_factory=dict)

    def record(
        self,
        project: Project,
        kind: ProjectEventKind,
        subject_id: UUID,
        *,
        changes: tuple[FieldChange, ...] = (),
        task_id: TaskId | None = None,
    ) -> Cursor:
        """Append an event to a locked project's log; return its position."""
        seq = self._seq_by_project_id.get(project.id, project.event_seq) + 1
        self._seq_by_project_id[project.id] = seq
        self.work.record(
            ProjectEvent(
                id=EventId(self.ids.new_id()),
                workspace_id=project.workspace_id,
                project_id=project.id,
                seq=seq,
                kind=kind,
                subject_id=subject_id,
                task_id=task_id,
                actor_id=self.actor_id,
                changes=changes,
                client_mutation_id=self.client_mutation_id,
                occurred_at=self.now,
                trace_parent=self.trace_parent,
            )
        )
        return Cursor(project.id, seq)

    @property
    def invitation_tokens(self) -> InvitationTokens:
        """What makes and reads the tokens of invitations, in processes that serve people."""
        if self.tokens is None:
            raise RuntimeError("this process does not handle invitations")
        return self.tokens

    def cursor(self, project: Project) -> Cursor:
        """The project's position after what was recorded so far."""
        return Cursor(project.id, self._seq_by_project_id.get(project.id, project.event_seq))

    async def lock_project(
        self, project_id: UUID, permission: Permission, *, may_be_archived: bool = False
    ) -> LockedProject:
        """The locked project, if the actor has the permission there."""
        locked = await self.work.lock_project(project_id, self.actor_id)
        require(locked.role, permission)
        if not may_be_archived:
            _require_open(locked.project, field=("projectId",))
        return locked

    async def lock_project_of(
        self, store: str, object_id: UUID, permission: Permission, *, field: str | None = None
    ) -> LockedProject:
        """The locked project of a row of `store`, if the actor has the permission there.

        `field` is the input's word for the object where it is not the usual one.
        """
        try:
            locked = await self.work.lock_project_of(store, object_id, self.actor_id)
        except NotFound as missing:
            if field is None:
                raise
            raise NotFound(missing.message, field=(field,)) from missing
        require(locked.role, permission)
        # No field: the input names the object, and not its project.
        _require_open(locked.project, field=())
        return locked


Handler: TypeAlias = Callable[[C, CommandContext], Awaitable[Outcome[O]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBus:
    """Runs handlers, each in a transaction of its own."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    ids: IdGenerator
    trace: TraceContext

    # For commands that change one task; without it they run like all others.
    brief_work: BriefWorkFactory | None = None

    # For invitations; a process without it runs all other commands.
    invitation_tokens: InvitationTokens | None = None

    async def run(
        self,
        handler: Handler[C, O],
        command: C,
        *,
        actor_id: UserId,
        wanted: TasksWanted | None = None,
    ) -> Outcome[O]:
        """The outcome, committed; on any error nothing has happened.

        What is wanted along with a task may come with the outcome, as far as it holds at the
        commit; otherwise it is to be read.
        """
        if self.brief_work is not None and command.is_brief:
            for _ in range(_BRIEF_ATTEMPTS):
                try:
                    return await self._run_in(self.brief_work(wanted), handler, command, actor_id)
                except Overtaken:
                    continue
                except NotBrief:
                    break
        return await self._run_in(self.unit_of_work(), handler, command, actor_id)

    async def _run_in(
        self,
        opened: AbstractAsyncContextManager[UnitOfWork],
        handler: Handler[C, O],
        command: C,
        actor_id: UserId,
    ) -> Outcome[O]:
        async with opened as work:
            key = command.idempotency_key
            fingerprint = ""
            if key is not None:
                key = field_rules.body(
                    key,
                    field="idempotencyKey",
                    characters=field_rules.IDEMPOTENCY_KEY_CHARACTERS,
                )
                fingerprint = _fingerprint(command)
                first = await work.claim_idempotency_key(actor_id, key, fingerprint)
                if first is not None:
                    return _replayed(first, fingerprint)
            context = CommandContext(
                actor_id=actor_id,
                work=work,
                ids=self.ids,
                now=self.clock.now(),
                client_mutation_id=_client_mutation_id(command),
                trace_parent=self.trace.current_trace_parent(),
                tokens=self.invitation_tokens,
            )
            outcome = await handler(command, context)
            if key is not None:
                await work.keep_idempotent_result(actor_id, key, _kept(outcome, fingerprint))
            await work.commit()
            return outcome if work.along is None else outcome.with_along(work.along)


def require_version(expected: int | None, actual: int, object_id: UUID) -> None:
    """Raise StaleVersion unless the caller knows the present version, or asked for no check."""
    if expected is not None and expected != actual:
        raise StaleVersion(expected=expected, actual=actual, object_id=object_id)


def kept(value: T | Unchanged, present: T) -> T:
    """The new value, or the present one when it was left out."""
    return present if value is UNCHANGED else value


def _require_open(project: Project, *, field: tuple[str, ...]) -> None:
    if project.archived_at is not None:
        raise Archived("The project is archived. Restore it first.", field=field)


def _client_mutation_id(command: Command) -> str | None:
    if command.client_mutation_id is None:
        return None
    return field_rules.text(
        command.client_mutation_id,
        field="clientMutationId",
        characters=field_rules.IDEMPOTENCY_KEY_CHARACTERS,
    )


def _fingerprint(command: Command) -> str:
    # Without defaults: a retry stays the same request when a new version adds a field.
    told = [
        (f.name, getattr(command, f.name))
        for f in fields(command)
        if f.name not in ("idempotency_key", "client_mutation_id")
        and getattr(command, f.name) != f.default
    ]
    return hashlib.sha256(f"{type(command).__name__}{told!r}".encode()).hexdigest()


def _replayed(first: IdempotentResult, fingerprint: str) -> Outcome[O]:
    if first.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            "This key was used for a different request. Use a new key for a new request.",
            field=("idempotencyKey",),
        )
    cursor = (
        Cursor(first.project_id, first.seq)
        if first.project_id is not None and first.seq is not None
        else None
    )
    return Outcome(object=None, object_ids=first.object_ids, cursor=cursor)


def _kept(outcome: Outcome[O], fingerprint: str) -> IdempotentResult:
    return IdempotentResult(
        fingerprint=fingerprint,
        object_ids=outcome.object_ids,
        project_id=outcome.cursor.project_id if outcome.cursor else None,
        seq=outcome.cursor.seq if outcome.cursor else None,
    )
