"""Which operations answer every member of a workspace alike, so that one execution serves all.

A property of an entity is the same for all who may see it, and so is what a loader finds
within one workspace. What is not says so: a field or an input's field with `OF_VIEWER` in
its metadata, a loader with `depends_on_viewer`. A field with a resolver of its own can read
anything from its context and counts as the viewer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

from graph.engine import Operation, Property, Relation, Sources
from graph.loading import Loader

# In the metadata of a field whose value depends on who asks, or of an input's that names them.
OF_VIEWER: Final[Mapping[Any, Any]] = {"depends_on_viewer": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTraits:
    """What the execution of a subscription's events depends on, beside the event."""

    depends_on_viewer: bool
    # Those of the root field's arguments, which say what is followed, are not among them.
    variables: frozenset[str]


class ViewerDependence:
    """Finds the traits of subscriptions, each once."""

    def __init__(self, schema: GraphQLSchema, sources: Sources) -> None:
        self._schema = schema
        self._sources = sources
        self._known: WeakKeyDictionary[Operation, EventTraits] = WeakKeyDictionary()

    def traits(self, operation: Operation) -> EventTraits:
        """The operation's traits."""
        known = self._known.get(operation)
        if known is None:
            known = self._known[operation] = self._found(operation)
        return known

    def _found(self, operation: Operation) -> EventTraits:
        search = _Search(self._schema, self._sources)
        for definition in _parts(operation.document, operation.node):
            visit(definition, TypeInfoVisitor(search.type_info, search))
        return EventTraits(
            depends_on_viewer=search.depends_on_viewer, variables=frozenset(search.variables)
        )


def _parts(document: DocumentNode, node: OperationDefinitionNode) -> list[Node]:
    fragments = (d for d in document.definitions if isinstance(d, FragmentDefinitionNode))
    return [node, *fragments]


class _Search(Visitor):
    def __init__(self, schema: GraphQLSchema, sources: Sources) -> None:
        super().__init__()
        self.type_info = TypeInfo(schema)
        self.depends_on_viewer = False
        self.variables: set[str] = set()
        self._root_type = schema.subscription_type
        self._sources = sources

    def enter_variable_definition(self, *_: object) -> Any:  # noqa: ANN401 - as graphql-core has it
        """Pass over definitions, which use nothing."""
        return self.SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note a variable that is used."""
        self.variables.add(node.name.value)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Note a field of the viewer's."""
        field, parent = self.type_info.get_field_def(), self.type_info.get_parent_type()
        if field is None or parent is self._root_type or node.name.value.startswith("__"):
            return
        source = self._sources.field_source(parent, node.name.value, field)  # type: ignore[arg-type]
        match source:
            case Property():
                self.depends_on_viewer |= _is_of_viewer(field)
            case Relation():
                self.depends_on_viewer |= _is_of_viewer(field) or _loads_for_viewer(field)
            case _:
                self.depends_on_viewer = True

    def enter_argument(self, _node: ArgumentNode, *_: object) -> Any:  # noqa: ANN401
        """Note an argument that can name the viewer; pass over those of the root field."""
        if self.type_info.get_directive() is not None:
            return None
        if self.type_info.get_parent_type() is self._root_type:
            return self.SKIP
        given = get_named_type(self.type_info.get_input_type())
        if isinstance(given, GraphQLInputObjectType) and _names_viewer(given):
            self.depends_on_viewer = True
        return None


def _is_of_viewer(field: GraphQLField | GraphQLInputField) -> bool:
    declared = field.extensions.get("strawberry-definition")
    return bool(declared and declared.metadata.get("depends_on_viewer"))


def _loads_for_viewer(field: GraphQLField) -> bool:
    declared = field.extensions["strawberry-definition"].metadata["relation"]
    loader: type[Loader[Any, Any, Any]] = declared.loader
    return loader.depends_on_viewer


@cache
def _names_viewer(given: GraphQLInputObjectType) -> bool:
    """Whether a value of the type can ask for the viewer, at any depth."""
    seen: set[GraphQLInputObjectType] = set()
    waiting = [given]
    while waiting:
        input_type = waiting.pop()
        if input_type in seen:
            continue
        seen.add(input_type)
        for field in input_type.fields.values():
            if _is_of_viewer(field):
                return True
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLInputObjectType):
                waiting.append(inner)
    return False
