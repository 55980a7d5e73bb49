"""How the engine finds the values of the schema's fields."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, Final, cast

from graphql import GraphQLField, GraphQLObjectType, GraphQLScalarType
from strawberry import Schema
from strawberry.resolvers import is_default_resolver
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from graph.argument_conversion import arguments_conversion
from graph.context import GraphContext
from graph.engine import (
    Arguments,
    CoerceColumn,
    FieldSource,
    Function,
    Property,
    Relation,
    Resolver,
)
from graph.loading import AnyLoader
from graph.relations import FUNCTION, LOOKUP, RELATION, Lookup
from graph.relations import Relation as DeclaredRelation
from graph.scalars import format_dates, format_instants
from graph.types.node import source_classes

# What a lookup's arguments lead to takes their place.
_FOUND: Final = "found"
_FORMATS: Final[Mapping[str, CoerceColumn]] = {"Date": format_dates, "DateTime": format_instants}


class StrawberrySources:
    """Sources of a Strawberry schema's fields: attributes, declared relations, resolvers."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        executable = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
        self._root_types = {
            executable.query_type,
            executable.mutation_type,
            executable.subscription_type,
        }

    def field_source(
        self,
        parent_type: GraphQLObjectType,
        name: str,  # noqa: ARG002 - the field says it all
        field: GraphQLField,
    ) -> FieldSource:
        """The field's source."""
        declared = field.extensions.get("strawberry-definition")
        if not isinstance(declared, StrawberryField):
            return Resolver()
        if parent_type in self._root_types:
            return self._root_source(declared)
        relation = declared.metadata.get(RELATION)
        if isinstance(relation, DeclaredRelation):
            return self._relation(declared, relation)
        if (
            field.resolve
            and is_default_resolver(field.resolve)
            and declared.default_resolver is getattr
        ):
            return Property.of_attribute(declared.python_name)
        resolver = declared.base_resolver
        if resolver and not declared.extensions and _is_function_of_source(resolver):
            return Property(resolver)
        return Resolver()

    def source_classes(self, object_type: GraphQLObjectType) -> Collection[type]:
        """The entities that are known to be shown as the type."""
        return source_classes(object_type.is_type_of)

    def coercion(self, scalar_type: GraphQLScalarType) -> CoerceColumn | None:
        """How columns of dates and instants are formatted."""
        return _FORMATS.get(scalar_type.name)

    def _root_source(self, declared: StrawberryField) -> FieldSource:
        find, call = declared.metadata.get(LOOKUP), declared.metadata.get(FUNCTION)
        if find is not None:
            return self._lookup(declared, find)
        if call is not None:
            convert = arguments_conversion(self._schema, declared.arguments)
            return Function(convert=convert, call=call)
        return Resolver()

    def _lookup(self, declared: StrawberryField, find: Callable[..., Lookup]) -> Relation:
        convert = arguments_conversion(self._schema, declared.arguments)
        return Relation(
            key=lambda _: None,
            convert=lambda given: {_FOUND: find(**convert(given))},
            batch=lambda given: (given[_FOUND].loader, given[_FOUND].arguments),
            argument_key=lambda given: given[_FOUND].key,
            load=_load,
            find_known=_find_known,
        )

    def _relation(self, declared: StrawberryField, relation: DeclaredRelation) -> Relation:
        def batch(given: Arguments) -> Hashable:
            arguments = None if relation.arguments is None else relation.arguments(**given)
            return relation.loader, arguments

        return Relation(
            key=relation.key,
            convert=arguments_conversion(self._schema, declared.arguments),
            batch=batch,
            load=_load,
            find_known=_find_known,
        )


async def _load(context: GraphContext, batch: Hashable, keys: Sequence[Hashable]) -> Sequence[Any]:
    loader, arguments = cast("tuple[type[AnyLoader], Hashable]", batch)
    return await context.loaders.load_all(loader, arguments, keys)


def _find_known(
    context: GraphContext, batch: Hashable, keys: Sequence[Hashable]
) -> Sequence[Any] | None:
    loader, arguments = cast("tuple[type[AnyLoader], Hashable]", batch)
    return context.loaders.find_known(loader, arguments, keys)


def _is_function_of_source(resolver: StrawberryResolver[Any]) -> bool:
    """Whether the resolver takes the parent and nothing else, and answers at once."""
    takes_source = (resolver.self_parameter, resolver.root_parameter, resolver.parent_parameter)
    return (
        not resolver.is_async
        and not resolver.arguments
        and resolver.info_parameter is None
        and len(resolver.signature.parameters) == 1
        and any(takes_source)
    )
