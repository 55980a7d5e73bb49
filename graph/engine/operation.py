"""Operations of validated documents, and the plans made for them so far."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues

from graph.engine.collect_fields import Survey, fragments_of, survey
from graph.engine.plan import ExecutionPlan
from graph.engine.planner import Planner, Unplannable
from graph.engine.variables import VariableCoercion

# Of one operation: two conditions make four plans, and few operations have more.
_PLANS_MAX: Final = 8


class Operation:
    """An operation of a validated document. It is used with one engine only."""

    def __init__(self, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self.document = document
        self.node = node
        self.name = node.name.value if node.name else None
        self._fragments = fragments_of(document)
        self._survey: Survey | None = None
        self._variables: VariableCoercion | None = None
        # None where there can't be a plan.
        self._plans: OrderedDict[tuple[bool, ...], ExecutionPlan | None] = OrderedDict()

    def coerced(
        self, schema: GraphQLSchema, values: Mapping[str, Any]
    ) -> VariableValues | list[GraphQLError]:
        """The variables' values, or what is wrong with them."""
        if self._variables is None:
            self._variables = VariableCoercion(schema, self.node)
        return self._variables.coerced(values)

    def plan(self, planner: Planner, variables: Mapping[str, object]) -> ExecutionPlan | None:
        """The plan for the variables' coerced values, or None if the reference executes it."""
        if self._survey is None:
            self._survey = survey(self.node, self._fragments)
        if not self._survey.is_plannable:
            return None
        names = self._survey.condition_variables
        values = tuple(value for name in names if isinstance(value := variables.get(name), bool))
        if len(values) < len(names):
            return None
        if values not in self._plans:
            self._plans[values] = self._made(planner, dict(zip(names, values, strict=True)))
            if len(self._plans) > _PLANS_MAX:
                self._plans.popitem(last=False)
        return self._plans[values]

    def _made(self, planner: Planner, conditions: Mapping[str, bool]) -> ExecutionPlan | None:
        try:
            return planner.plan(self.node, self._fragments, conditions)
        except Unplannable:
            return None
