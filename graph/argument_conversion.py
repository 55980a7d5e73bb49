"""From arguments as GraphQL coerced them to what Strawberry's resolvers take.

Strawberry looks at the types anew for every value; a conversion is made once for a type. What
has rules of its own goes to Strawberry's.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, TypeAlias

from strawberry import UNSET, Schema
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.lazy_type import LazyType

Arguments: TypeAlias = Mapping[str, Any]
ConvertArguments: TypeAlias = Callable[[Arguments], Arguments]
# None stands for a conversion that leaves every value as it is.
_Convert: TypeAlias = Callable[[Any], Any] | None


def arguments_conversion(schema: Schema, arguments: list[StrawberryArgument]) -> ConvertArguments:
    """The conversion of a field's arguments: GraphQL names → Python names and values."""
    entries = [
        (
            schema.config.name_converter.from_argument(argument),
            argument.python_name,
            _conversion(schema, argument.type),
        )
        for argument in arguments
    ]

    def convert(given: Arguments) -> Arguments:
        return {
            python_name: given[name] if value is None else value(given[name])
            for name, python_name, value in entries
            if name in given
        }

    return convert


def _conversion(schema: Schema, value_type: Any) -> _Convert:  # noqa: ANN401 - any input type
    if isinstance(value_type, LazyType):
        return _conversion(schema, value_type.resolve_type())
    if isinstance(value_type, StrawberryOptional) and not isinstance(value_type, StrawberryMaybe):
        return _conversion(schema, value_type.of_type)
    if isinstance(value_type, StrawberryList):
        return _list_conversion(_conversion(schema, value_type.of_type))
    definition = get_object_definition(value_type)
    if definition is not None and definition.from_input is None:
        return _object_conversion(schema, value_type)
    registry = schema.schema_converter.scalar_registry
    if definition is None and not isinstance(value_type, StrawberryMaybe):
        # Scalars and enums have been parsed.
        return None
    return lambda value: convert_argument(value, value_type, registry, schema.config)


def _list_conversion(item: _Convert) -> _Convert:
    def convert(values: Any) -> Any:  # noqa: ANN401
        if values is None or values is UNSET:
            return values
        # A copy: a default is one object for all requests.
        return list(values) if item is None else [item(value) for value in values]

    return convert


def _object_conversion(schema: Schema, input_type: Any) -> _Convert:  # noqa: ANN401
    definition = get_object_definition(input_type, strict=True)
    names = schema.config.name_converter
    # As Strawberry has it: a field without a default is None when it is absent.
    absent = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    # Filled below: an input may contain its own type.
    entries: list[tuple[str, str, _Convert]] = []
    is_complete = False

    def convert(value: Any) -> Any:  # noqa: ANN401
        nonlocal is_complete
        if value is None or value is UNSET:
            return value
        if not is_complete:
            entries.extend(
                (
                    names.from_field(field),
                    field.python_name,
                    _conversion(schema, field.resolve_type(type_definition=definition)),
                )
                for field in definition.fields
            )
            is_complete = True
        given = {
            python_name: value[name] if inner is None else inner(value[name])
            for name, python_name, inner in entries
            if name in value
        }
        return input_type(**{**absent, **given})

    return convert
