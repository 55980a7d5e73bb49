"""How much one operation may ask for, measured before it runs.

Depth, size and cost are counted over the document with fragments expanded. Each
fragment is measured once and its measure reused, so that a few hundred bytes of
nested fragments can't make the measuring itself expensive.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_introspection_type,
    is_list_type,
)

from domain.queries import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX

# GraphiQL's introspection query is 15 levels deep.
DEPTH_MAX: Final = 20
FIELDS_MAX: Final = 5_000
# A board of 10 columns with 250 tasks each and their people and labels costs about 60,000.
COST_MAX: Final = 250_000
# What a list that is no page is taken to hold.
_LIST_SIZE: Final = 10
# What the schema's own lists hold on average; there is one type per entry of its type map.
_META_LIST_SIZES: Final = {"args": 2, "interfaces": 1, "possibleTypes": 2, "directives": 5}


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection amounts to: levels, fields after expansion, objects it may touch."""

    depth: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Two selections next to each other."""
        return Measure(
            max(self.depth, other.depth), self.fields + other.fields, self.cost + other.cost
        )


class OperationMeter:
    """Measures operations of one document against their variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, object],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._defaults: dict[str, ValueNode] = {}
        self._measure_by_fragment: dict[str, Measure] = {}
        # Whether other variables may lead to another measure.
        self.depends_on_variables = False

    def require_moderate(self, operation: OperationDefinitionNode) -> Measure:
        """The operation's measure; raise GraphQLError when it is beyond a limit."""
        root = self._schema.get_root_type(operation.operation)
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        measure = self._measure(operation.selection_set, root)
        for name, value, limit in (
            ("levels deep", measure.depth, DEPTH_MAX),
            ("fields large", measure.fields, FIELDS_MAX),
            ("objects expensive", measure.cost, COST_MAX),
        ):
            if value > limit:
                raise GraphQLError(
                    f"The operation is {value} {name}; at most {limit} are allowed. "
                    "Ask for less at once: fewer levels, smaller pages.",
                    nodes=[operation],
                )
        return measure

    def _measure(
        self, selection_set: SelectionSetNode, parent: GraphQLCompositeType | None
    ) -> Measure:
        total = Measure()
        for selection in selection_set.selections:
            total = total.beside(self._selection(selection, parent))
        return total

    def _selection(self, node: SelectionNode, parent: GraphQLCompositeType | None) -> Measure:
        match node:
            case FieldNode():
                return self._field(node, parent)
            case InlineFragmentNode(type_condition=condition):
                narrowed = parent if condition is None else self._type(condition.name.value)
                return self._measure(node.selection_set, narrowed)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                raise TypeError(f"unknown selection {node.kind}")

    def _fragment(self, name: str) -> Measure:
        known = self._measure_by_fragment.get(name)
        if known is None:
            fragment = self._fragments[name]
            known = self._measure(
                fragment.selection_set, self._type(fragment.type_condition.name.value)
            )
            self._measure_by_fragment[name] = known
        return known

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None) -> Measure:
        if node.selection_set is None:
            return Measure(depth=1, fields=1)
        field = None if parent is None else self._schema.get_field(parent, node.name.value)
        named = None if field is None else get_named_type(field.type)
        inner = self._measure(node.selection_set, named if is_composite_type(named) else None)
        count = 1 if field is None else self._expected_count(node, field)
        return Measure(inner.depth + 1, inner.fields + 1, 1 + count * inner.cost + count)

    def _expected_count(self, node: FieldNode, field: GraphQLField) -> int:
        """How many objects the field is taken to hold."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        if "first" in field.args:
            sizes = [self._size(given[name]) for name in ("first", "last") if name in given]
            return max((size for size in sizes if size is not None), default=PAGE_SIZE_DEFAULT)
        if "ids" in given:
            return self._length(given["ids"])
        if not is_list_type(get_nullable_type(field.type)):
            return 1
        name = node.name.value
        if is_introspection_type(get_named_type(field.type)):
            types = len(self._schema.type_map)
            return types if name == "types" else _META_LIST_SIZES.get(name, _LIST_SIZE)
        # The connection around nodes and edges has counted its page already.
        return 1 if name in ("nodes", "edges") else _LIST_SIZE

    def _size(self, value: ValueNode) -> int | None:
        """The page size an argument names; beyond its bounds, what is refused costs nothing."""
        match self._told(value):
            case IntValueNode(value=digits):
                size = int(digits)
            case int(size):
                pass
            case _:
                return None
        return min(max(size, 0), PAGE_SIZE_MAX)

    def _length(self, value: ValueNode) -> int:
        match self._told(value):
            case ListValueNode(values=values):
                return len(values)
            case list() as values:
                return len(values)
            case _:
                return 1

    def _told(self, value: ValueNode) -> object:
        """A literal, or what stands for a variable: its JSON value or its default's literal."""
        if not isinstance(value, VariableNode):
            return value
        self.depends_on_variables = True
        name = value.name.value
        return self._variables[name] if name in self._variables else self._defaults.get(name)

    def _type(self, name: str) -> GraphQLCompositeType | None:
        named = self._schema.get_type(name)
        return named if is_composite_type(named) else None
