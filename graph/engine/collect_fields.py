"""CollectFields: which fields a selection asks of an object type, in response order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    is_abstract_type,
)

Fragments: TypeAlias = dict[str, FragmentDefinitionNode]
# The variables that @skip and @include depend on, and their values.
Conditions: TypeAlias = Mapping[str, bool]
# The fields of a selection by response name, each with all nodes that ask for it.
GroupedFieldSet: TypeAlias = dict[str, list[FieldNode]]

_CONDITIONAL: Final = ("skip", "include")
_INTROSPECTION: Final = ("__schema", "__type")


def fragments_of(document: DocumentNode) -> Fragments:
    """The document's fragments by name."""
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


@dataclass(frozen=True, slots=True)
class FieldCollector:
    """Collects fields of one operation under given conditions."""

    schema: GraphQLSchema
    fragments: Fragments
    conditions: Conditions

    def collect(
        self, object_type: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]
    ) -> GroupedFieldSet:
        """The fields that the selections ask of the type."""
        grouped: GroupedFieldSet = {}
        visited: set[str] = set()
        for selection_set in selection_sets:
            self._visit(object_type, selection_set, grouped, visited)
        return grouped

    def _visit(
        self,
        object_type: GraphQLObjectType,
        selection_set: SelectionSetNode,
        grouped: GroupedFieldSet,
        visited: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._is_included(node):
                continue
            match node:
                case FieldNode():
                    response_name = node.alias or node.name
                    grouped.setdefault(response_name.value, []).append(node)
                case InlineFragmentNode(type_condition=condition):
                    if self._applies(condition, object_type):
                        self._visit(object_type, node.selection_set, grouped, visited)
                case FragmentSpreadNode():
                    fragment = self.fragments.get(node.name.value)
                    if (
                        fragment is not None
                        and node.name.value not in visited
                        and self._applies(fragment.type_condition, object_type)
                    ):
                        visited.add(node.name.value)
                        self._visit(object_type, fragment.selection_set, grouped, visited)

    def _is_included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            if self._condition(directive) is (directive.name.value == "skip"):
                return False
        return True

    def _condition(self, directive: DirectiveNode) -> bool:
        match _condition_value(directive):
            case VariableNode(name=name):
                return self.conditions[name.value]
            case BooleanValueNode(value=value):
                return value
            case other:
                raise TypeError(f"'if' is no Boolean but a {other.kind}")

    def _applies(self, condition: NamedTypeNode | None, object_type: GraphQLObjectType) -> bool:
        if condition is None:
            return True
        named = self.schema.get_type(condition.name.value)
        return named is object_type or (
            is_abstract_type(named) and self.schema.is_sub_type(named, object_type)
        )


def _condition_value(directive: DirectiveNode) -> ValueNode:
    (argument,) = directive.arguments or ()
    return argument.value


@dataclass(frozen=True, slots=True)
class Survey:
    """What planning an operation depends on, found in one pass over its selections."""

    # Variables of @skip and @include; their values decide which plan it is.
    condition_variables: tuple[str, ...]
    # Whether there is nothing in it but what the engine knows.
    is_plannable: bool


def survey(operation: OperationDefinitionNode, fragments: Fragments) -> Survey:
    """What planning the operation depends on."""
    variables: dict[str, None] = {}
    is_plannable = not operation.directives
    for node in _all_selections(operation.selection_set, fragments):
        for directive in node.directives or ():
            if directive.name.value not in _CONDITIONAL or len(directive.arguments or ()) != 1:
                is_plannable = False
            elif isinstance(variable := _condition_value(directive), VariableNode):
                variables[variable.name.value] = None
        if isinstance(node, FieldNode) and node.name.value in _INTROSPECTION:
            is_plannable = False
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments.get(node.name.value)
            if fragment is None or fragment.variable_definitions:
                is_plannable = False
    return Survey(tuple(variables), is_plannable)


def _all_selections(
    selection_set: SelectionSetNode, fragments: Fragments
) -> Iterator[SelectionNode]:
    """Every selection below, those of a fragment once."""
    waiting = [selection_set]
    visited: set[str] = set()
    while waiting:
        for node in waiting.pop().selections:
            yield node
            match node:
                case FieldNode(selection_set=SelectionSetNode() as inner):
                    waiting.append(inner)
                case InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode(name=name) if name.value not in visited:
                    visited.add(name.value)
                    if name.value in fragments:
                        waiting.append(fragments[name.value].selection_set)
