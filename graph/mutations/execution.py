"""How every mutation runs a command and reports what became of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info

from domain.commands.execution import Command, Handler, Outcome
from domain.errors import ErrorCode, StaleVersion
from domain.errors import UserError as DomainUserError
from domain.events import Cursor
from graph.context import GraphContext
from graph.inputs.commands import MutationInput, command_from
from graph.loading import AnyLoader
from graph.operation import sendable
from graph.relations import FUNCTION

C = TypeVar("C", bound=Command)
R = TypeVar("R")


@strawberry.type(description="Why a mutation did nothing, and what to do about it.")
class UserError:
    """Why a mutation did nothing."""

    code: ErrorCode = strawberry.field(description="What is wrong, for programs.")
    field: list[str] | None = strawberry.field(
        description="Where in the input; null when no single field is at fault."
    )
    message: str = strawberry.field(description="What is wrong and what to do, for people.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorValue:
    """The source of a UserError."""

    code: ErrorCode
    field: Sequence[str] | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationResult:
    """The source of a payload."""

    object: Any = None
    deleted_id: UUID | None = None
    cursor: Cursor | None = None
    errors: Sequence[ErrorValue] = ()
    client_mutation_id: str | None = None


@strawberry.type
class MutationPayload:
    """What every mutation answers."""

    cursor: Cursor | None = strawberry.field(
        description="The position of the change in its project's event sequence."
    )
    errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty when it was done."
    )
    client_mutation_id: str | None = strawberry.field(description="The input's clientMutationId.")


def payload_object(description: str) -> Any:  # noqa: ANN401 - the annotation is the type
    """The payload's field for the object the mutation is about."""

    def resolve(root: MutationResult) -> Any:  # noqa: ANN401
        return root.object

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, description=description)


def payload_deleted_id(description: str) -> Any:  # noqa: ANN401 - the annotation is the type
    """The payload's field for the id of what was deleted."""

    def resolve(root: MutationResult) -> Any:  # noqa: ANN401
        return root.deleted_id

    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, description=description)


def mutation(
    handler: Handler[C, R],
    *,
    given: type[MutationInput],
    payload: type[MutationPayload],
    loader: type[AnyLoader],
    description: str,
) -> Any:  # noqa: ANN401 - a field of the mutation type
    """A mutation that answers with the one object its command made or changed."""

    async def encode(outcome: Outcome[R], context: GraphContext) -> MutationResult:
        found: object = outcome.object
        # What the object refers to comes in one statement; the object is the command's own.
        if outcome.along is not None:
            loader.see_along(context, outcome.along)
        elif found is None or loader.wanted_along(context.selected) is not None:
            [present] = await context.loaders.load_all(loader, None, outcome.object_ids)
            found = present if found is None else found
        if isinstance(found, Exception):
            raise found
        return MutationResult(object=found, cursor=outcome.cursor)

    return _field(_Runner(handler, loader, encode), given, payload, description)


def batch_mutation(
    handler: Handler[C, R],
    *,
    given: type[MutationInput],
    payload: type[MutationPayload],
    loader: type[AnyLoader],
    description: str,
) -> Any:  # noqa: ANN401 - a field of the mutation type
    """A mutation that answers with the many objects its command changed."""

    async def encode(outcome: Outcome[R], context: GraphContext) -> MutationResult:
        found: object = outcome.object
        if found is None:
            objects = await context.loaders.get(loader).load_many(outcome.object_ids)
            found = [item for item in objects if item is not None]
        return MutationResult(object=found, cursor=outcome.cursor)

    return _field(_Runner(handler, loader, encode), given, payload, description)


def deletion(
    handler: Handler[C, R],
    *,
    given: type[MutationInput],
    payload: type[MutationPayload],
    loader: type[AnyLoader],
    description: str,
) -> Any:  # noqa: ANN401 - a field of the mutation type
    """A mutation that answers with the id of what its command removed."""

    async def encode(outcome: Outcome[R], context: GraphContext) -> MutationResult:  # noqa: ARG001
        return MutationResult(deleted_id=outcome.object_ids[0], cursor=outcome.cursor)

    return _field(_Runner(handler, loader, encode), given, payload, description)


@dataclass(frozen=True, slots=True)
class _Runner(Generic[C, R]):
    """One mutation: run the command, encode the outcome or the error."""

    handler: Handler[C, R]
    loader: type[AnyLoader]
    encode: Callable[[Outcome[R], GraphContext], Awaitable[MutationResult]]

    async def run(self, given: MutationInput, context: GraphContext) -> MutationResult:
        command_type = self.handler.__annotations__["command"]
        actor_id = context.require_viewer()
        try:
            command = command_from(given, command_type)
            outcome = await context.commands.run(
                self.handler,
                command,
                actor_id=actor_id,
                wanted=self.loader.wanted_along(context.selected),
            )
            # What was loaded before the change is stale.
            context.renew()
            result = await self.encode(outcome, context)
        except DomainUserError as error:
            context.user_error_codes.append(error.code.value)
            context.renew()
            result = MutationResult(
                object=await self._present_object(error, context), errors=(_error_value(error),)
            )
        echo = _echo(given.client_mutation_id)
        return result if echo is None else replace(result, client_mutation_id=echo)

    async def _present_object(self, error: DomainUserError, context: GraphContext) -> object:
        """The object as it is now, for a caller who knew an older version; otherwise None."""
        if isinstance(error, StaleVersion):
            return await context.loaders.get(self.loader).load(error.object_id)
        return None


@dataclass(frozen=True, slots=True)
class _Action(Generic[C]):
    """One mutation that changes nothing that is kept: no transaction, no event."""

    act: Callable[[C, GraphContext], Awaitable[None]]
    command_type: type[C]

    async def run(self, given: MutationInput, context: GraphContext) -> MutationResult:
        context.require_viewer()
        errors: tuple[ErrorValue, ...] = ()
        try:
            await self.act(command_from(given, self.command_type), context)
        except DomainUserError as error:
            context.user_error_codes.append(error.code.value)
            errors = (_error_value(error),)
        return MutationResult(errors=errors, client_mutation_id=_echo(given.client_mutation_id))


def action(
    act: Callable[[C, GraphContext], Awaitable[None]],
    *,
    command: type[C],
    given: type[MutationInput],
    payload: type[MutationPayload],
    description: str,
) -> Any:  # noqa: ANN401 - a field of the mutation type
    """A mutation without an object and without an event; acting twice is acting once."""
    return _field(_Action(act, command), given, payload, description)


def _field(
    runner: _Runner[C, R] | _Action[C],
    given: type[MutationInput],
    payload: type[MutationPayload],
    description: str,
) -> Any:  # noqa: ANN401 - a field of the mutation type
    async def resolve(info: Info, input: MutationInput) -> MutationResult:  # noqa: A002
        return await runner.run(input, info.context)

    def call(_root: object, context: GraphContext, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401
        return runner.run(arguments["input"], context)

    described = Annotated[given, strawberry.argument(description="What is to be done.")]  # type: ignore[valid-type]
    resolve.__annotations__ |= {"input": described, "return": payload}
    return strawberry.mutation(resolver=resolve, description=description, metadata={FUNCTION: call})


def _echo(mutation_id: str | None) -> str | None:
    return sendable(mutation_id) if isinstance(mutation_id, str) else None


def _error_value(error: DomainUserError) -> ErrorValue:
    return ErrorValue(code=error.code, field=error.field or None, message=error.message)
