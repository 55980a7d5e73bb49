"""Planning: from an operation's syntax to its plan."""

import inspect
from collections.abc import Callable, Iterable
from typing import Final

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from graph.engine.arguments import names_variable
from graph.engine.collect_fields import Conditions, FieldCollector, Fragments
from graph.engine.completion import (
    AbstractCompletion,
    ColumnCompletion,
    LeafCompletion,
    ListCompletion,
    ObjectCompletion,
)
from graph.engine.leaves import LeafCoercion, leaf_coercion
from graph.engine.plan import ExecutionPlan, FieldPlan, SelectionPlan
from graph.engine.sources import Property, Sources

_TYPENAME: Final = "__typename"


class Unplannable(Exception):
    """The operation has something that only the reference executor does."""


class Planner:
    """Makes plans for operations on one schema."""

    def __init__(self, schema: GraphQLSchema, sources: Sources) -> None:
        self.schema = schema
        self.sources = sources
        self._coercions: dict[GraphQLLeafType, LeafCoercion] = {}
        self._has_asynchronous_types = any(
            inspect.iscoroutinefunction(_type_function(named)) for named in schema.type_map.values()
        )

    def plan(
        self, operation: OperationDefinitionNode, fragments: Fragments, conditions: Conditions
    ) -> ExecutionPlan:
        """The operation's plan under the conditions; raise Unplannable where there is none."""
        root_type = self.schema.get_root_type(operation.operation)
        if root_type is None or self._has_asynchronous_types:
            raise Unplannable
        collector = FieldCollector(self.schema, fragments, conditions)
        try:
            root = _SelectionPlanner(self, collector).selection(
                root_type, [operation.selection_set]
            )
        except RecursionError:
            # Without the recursion's frames, which the original error would keep alive.
            root = None
        if root is None:
            raise Unplannable
        return ExecutionPlan(operation=operation, fragments=fragments, root=root)

    def coercion(self, leaf_type: GraphQLLeafType) -> LeafCoercion:
        """How the type's columns are coerced."""
        known = self._coercions.get(leaf_type)
        if known is None:
            faster = None
            if isinstance(leaf_type, GraphQLScalarType):
                faster = self.sources.coercion(leaf_type)
            known = self._coercions[leaf_type] = leaf_coercion(leaf_type, faster)
        return known


class _SelectionPlanner:
    """Makes the selections of one operation."""

    def __init__(self, planner: Planner, collector: FieldCollector) -> None:
        self._planner = planner
        self._collector = collector

    def selection(
        self, object_type: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]
    ) -> SelectionPlan:
        """What the selections ask of the object type."""
        grouped = self._collector.collect(object_type, selection_sets)
        fields = [self._field(object_type, name, nodes) for name, nodes in grouped.items()]
        return SelectionPlan(object_type, [plan for plan in fields if plan is not None])

    def _field(
        self, parent_type: GraphQLObjectType, response_name: str, nodes: list[FieldNode]
    ) -> FieldPlan | None:
        """The field's plan, or None if the type has no such field."""
        name = nodes[0].name.value
        is_typename = name == _TYPENAME
        definition = TypeNameMetaFieldDef if is_typename else parent_type.fields.get(name)
        if definition is None:
            return None
        plan = FieldPlan(
            response_name=response_name,
            name=name,
            nodes=nodes,
            parent_type=parent_type,
            definition=definition,
            source=Property(lambda _: parent_type.name)
            if is_typename
            else self._planner.sources.field_source(parent_type, name, definition),
            constant=parent_type.name if is_typename else None,
            depends_on_variables=any(
                names_variable(argument.value) for argument in nodes[0].arguments or ()
            ),
        )
        plan.completion = self._completion(plan, definition.type)
        return plan

    def _completion(self, plan: FieldPlan, output_type: GraphQLOutputType) -> ColumnCompletion:
        is_nullable = not is_non_null_type(output_type)
        inner = output_type.of_type if is_non_null_type(output_type) else output_type
        if is_list_type(inner):
            item = self._completion(plan, inner.of_type)
            return ListCompletion(plan, item, is_nullable=is_nullable)
        if is_leaf_type(inner):
            coerce = self._planner.coercion(inner)
            return LeafCompletion(plan, coerce, is_nullable=is_nullable)
        if is_abstract_type(inner):
            return self._abstract(plan, inner, is_nullable=is_nullable)
        if is_object_type(inner):
            return self._object(plan, inner, is_nullable=is_nullable)
        raise TypeError(f"'{inner}' is no output type")

    def _object(
        self, plan: FieldPlan, object_type: GraphQLObjectType, *, is_nullable: bool
    ) -> ObjectCompletion:
        selection_sets = [node.selection_set for node in plan.nodes if node.selection_set]
        return ObjectCompletion(
            plan,
            self.selection(object_type, selection_sets),
            self._planner.sources.source_classes(object_type),
            is_nullable=is_nullable,
        )

    def _abstract(
        self, plan: FieldPlan, abstract_type: GraphQLAbstractType, *, is_nullable: bool
    ) -> AbstractCompletion:
        # Selections of the possible types are planned when one is met: there may be many.
        return AbstractCompletion(
            plan,
            abstract_type,
            self._planner.schema,
            lambda object_type: self._object(plan, object_type, is_nullable=is_nullable),
            is_nullable=is_nullable,
        )


def _type_function(named: GraphQLNamedType) -> Callable[..., object] | None:
    """What finds or checks the type of a source at run time."""
    if is_object_type(named):
        return named.is_type_of
    return named.resolve_type if is_abstract_type(named) else None
