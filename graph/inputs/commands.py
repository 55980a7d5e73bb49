"""Mutation inputs → commands: same names, ids decoded, absent apart from null."""

from dataclasses import fields
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from domain.commands.execution import Command
from domain.events import camel_case
from graph.identifiers import decode_id

C = TypeVar("C", bound=Command)

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
    for field in fields(command_type):
        value = getattr(given, field.name, UNSET)
        if value is not UNSET:
            values[field.name] = _decoded(field.name, value)
    return command_type(**values)


def _decoded(name: str, value: Any) -> Any:  # noqa: ANN401
    path = camel_case(name)
    if isinstance(value, list):
        return tuple(decode_id(item, path, str(index)) for index, item in enumerate(value))
    is_id = name == "id" or name.endswith("_id")
    if value is not None and is_id and name != "client_mutation_id":
        return decode_id(value, path)
    return () if value is None and name.endswith("_ids") else value
