"""Mutation inputs → commands: same names, ids decoded, absent apart from null."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeAlias, TypeVar

import strawberry
from strawberry import UNSET

from domain.commands.execution import Command
from domain.events import camel_case
from graph.identifiers import decode_id

C = TypeVar("C", bound=Command)
_Decode: TypeAlias = Callable[[Any], Any]

EXPECTED_VERSION = (
    "Refuse with STALE_VERSION unless this is its present version; no check when absent."
)


def optional(description: str) -> Any:  # noqa: ANN401 - a field of any type
    """An input field that may be left out."""
    return strawberry.field(default=UNSET, description=description)


def required(description: str) -> Any:  # noqa: ANN401 - a field of any type
    """An input field that must be given."""
    return strawberry.field(description=description)


@strawberry.input
class MutationInput:
    """What every mutation takes."""

    idempotency_key: str | None = optional(
        "Any text of yours: for 24 hours, a retry with the same key returns the first result."
    )
    client_mutation_id: str | None = optional(
        "Any text of yours: echoed in the payload and in the resulting events."
    )


def command_from(given: MutationInput, command_type: type[C]) -> C:
    """The command with the input's values; raise InvalidInput at an id that is none.

    What is absent takes the command's default, which says what absence means.
    """
    values: dict[str, Any] = {}
    # mypy takes a class for one of its instances, where a key has to be hashable.
    for name, decode in _decoders(command_type):  # type: ignore[arg-type]
        value = getattr(given, name, UNSET)
        if value is not UNSET:
            values[name] = decode(value)
    return command_type(**values)


@cache
def _decoders(command_type: type[Command]) -> list[tuple[str, _Decode]]:
    """A command's fields, and how each is made from the input's value."""
    return [(field.name, _decoder(field.name)) for field in fields(command_type)]


def _decoder(name: str) -> _Decode:
    path = camel_case(name)
    absent = () if name.endswith("_ids") else None
    is_id = (name == "id" or name.endswith("_id")) and name != "client_mutation_id"

    def decode(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return absent
        if is_id:
            return decode_id(value, path)
        if isinstance(value, list):
            return tuple(decode_id(item, path, str(index)) for index, item in enumerate(value))
        return value

    return decode
