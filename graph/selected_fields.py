"""Which fields an operation asks of each type, so that readers fetch those and no others.

What is found holds for the whole operation, whatever the path: a type's objects are all read
with the fields that any of them is asked for. So one object can serve several places.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_object_type,
)
from strawberry.resolvers import is_default_resolver
from strawberry.types.field import StrawberryField

from graph.relations import RELATION, Relation

T = TypeVar("T")

_TYPENAME: Final = "__typename"


class SelectedFields:
    """The fields that one operation selects; everything where that is not known."""

    def __init__(
        self,
        names_by_type: Mapping[str, frozenset[str]],
        schema: GraphQLSchema | None,
        *,
        arguments: frozenset[str] = frozenset(),
    ) -> None:
        """`names_by_type` has the GraphQL names selected on each type or interface."""
        self.names_by_type = names_by_type
        # The names of all arguments given, whatever the field.
        self.arguments = arguments
        self._schema = schema
        self._derived: dict[Hashable, Any] = {}

    @classmethod
    def everything(cls) -> "SelectedFields":
        """What to take an operation for of which nothing is known."""
        return _EVERYTHING

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> "SelectedFields":
        """Those of a valid operation, whatever its conditions turn out to be."""
        walk = _Walk(schema, fragments)
        walk.selection(operation.selection_set, schema.get_root_type(operation.operation))
        return cls(
            {name: frozenset(names) for name, names in walk.names.items()},
            schema,
            arguments=frozenset(walk.arguments),
        )

    def names(self, type_name: str) -> frozenset[str]:
        """The GraphQL names selected on the object type; none where that is not known."""
        return self.derive(("names", type_name), lambda: self._names(type_name))

    def attributes(self, type_name: str) -> frozenset[str] | None:
        """The attributes of the type's source that will be read; None stands for all."""
        return self.derive(("attributes", type_name), lambda: self._attributes(type_name))

    def relations(self) -> frozenset[tuple[str, str]]:
        """The type and name of every field selected that a loader answers."""
        return frozenset(
            (type_name, name)
            for type_name, names in self.names_by_type.items()
            for name in names
            if _is_relation(self._schema, type_name, name)
        )

    def derive(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once for the operation."""
        if key in self._derived:
            return cast("T", self._derived[key])
        made = self._derived[key] = make()
        return made

    def _names(self, type_name: str) -> frozenset[str]:
        shown = self._schema.get_type(type_name) if self._schema else None
        interfaces = [i.name for i in shown.interfaces] if is_object_type(shown) else []
        return frozenset().union(
            *(self.names_by_type.get(name, ()) for name in (type_name, *interfaces))
        )

    def _attributes(self, type_name: str) -> frozenset[str] | None:
        shown = self._schema.get_type(type_name) if self._schema else None
        if not is_object_type(shown):
            return None
        attributes = [_attribute(shown, name) for name in self.names(type_name) - {_TYPENAME}]
        if None in attributes:
            return None
        return frozenset(attribute for attribute in attributes if attribute is not None)


_EVERYTHING: Final = SelectedFields({}, None)


@cache
def _attribute(shown: GraphQLObjectType, name: str) -> str | None:
    """The one attribute that the field is found by; None where it may be any."""
    field = shown.fields.get(name)
    declared = field.extensions.get("strawberry-definition") if field else None
    if not isinstance(declared, StrawberryField):
        return None
    relation = declared.metadata.get(RELATION)
    if isinstance(relation, Relation):
        return relation.attribute
    if field and field.resolve and is_default_resolver(field.resolve):
        return declared.python_name
    return None


def _is_relation(schema: GraphQLSchema | None, type_name: str, name: str) -> bool:
    shown = schema.get_type(type_name) if schema else None
    field = shown.fields.get(name) if is_object_type(shown) else None
    declared = field.extensions.get("strawberry-definition") if field else None
    return isinstance(declared, StrawberryField) and RELATION in declared.metadata


class _Walk:
    """Collects the names selected on each type; each fragment is visited once."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self.names: dict[str, set[str]] = {}
        self.arguments: set[str] = set()
        self._schema = schema
        self._fragments = fragments
        self._visited: set[str] = set()

    def selection(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> None:
        """Add what is selected on the parent type and below."""
        for node in selection_set.selections:
            match node:
                case FieldNode():
                    self._field(node, parent)
                case InlineFragmentNode(type_condition=condition):
                    narrowed = self._type(condition.name.value) if condition else parent
                    self.selection(node.selection_set, narrowed)
                case FragmentSpreadNode(name=name) if name.value not in self._visited:
                    self._visited.add(name.value)
                    fragment = self._fragments[name.value]
                    self.selection(
                        fragment.selection_set, self._type(fragment.type_condition.name.value)
                    )

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> None:
        if parent is None:
            return
        self.names.setdefault(parent.name, set()).add(node.name.value)
        self.arguments.update(argument.name.value for argument in node.arguments or ())
        if node.selection_set is not None and is_composite_type(parent):
            field = self._schema.get_field(parent, node.name.value)
            self.selection(node.selection_set, get_named_type(field.type) if field else None)

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)
