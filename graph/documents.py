"""Documents, parsed and validated once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule, ValidationContext, ValidationRule

from graph.board_snapshots import SnapshotPlan
from graph.engine import Operation, fragments_of
from graph.limits import Measure, OperationMeter
from graph.operation import OperationType
from graph.selected_fields import SelectedFields

# Far above any document people write; validation is quadratic in the worst case.
_TOKENS_MAX: Final = 8_000
_VALIDATION_ERRORS_MAX: Final = 20
# A parsed document takes 100 to 500 bytes per character.
_CHARACTERS_MAX: Final = 250_000
# Longer documents are rare and would crowd out the others.
_CACHED_CHARACTERS_MAX: Final = 20_000
# Enough to compare one field that is asked for 200 times with itself, in less than 0.1 s.
_COMPARISONS_MAX: Final = 50_000


class BoundedOverlapRule(OverlappingFieldsCanBeMergedRule):
    """Gives up early: the time to compare fields grows with their number squared."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = _COMPARISONS_MAX


class SomeSelectionRule(ValidationRule):
    """An empty selection is a mistake; graphql-core would answer it with an empty object."""

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        """Report a selection of nothing."""
        if not node.selections:
            self.report_error(GraphQLError("Select at least one field.", node))


_RULES: Final = (
    *(
        BoundedOverlapRule if rule is OverlappingFieldsCanBeMergedRule else rule
        for rule in specified_rules
    ),
    SomeSelectionRule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that is valid for the schema, or the errors that say why it is not."""

    node: DocumentNode | None
    text: str = ""
    operations: tuple[OperationDefinitionNode, ...] = ()
    errors: tuple[GraphQLError, ...] = ()
    # What is known of its operations, found when they are first executed.
    _prepared: dict[str | None, "PreparedOperation"] = field(
        default_factory=dict, repr=False, compare=False
    )

    def prepared(self, name: str | None, schema: GraphQLSchema) -> "PreparedOperation":
        """The named or the only operation; raise GraphQLError when that is none."""
        known = self._prepared.get(name)
        if known is None:
            # An unknown name raises, so there are no more entries than operations.
            node = self.operation(name)
            if self.node is None:
                raise ValueError("a document that could not be parsed has no operations")
            known = self._prepared[name] = PreparedOperation(schema, self.node, node, self.text)
        return known

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The named or the only operation; raise GraphQLError when that is none."""
        if name is not None:
            for operation in self.operations:
                if operation.name is not None and operation.name.value == name:
                    return operation
            raise GraphQLError(f"The document has no operation named '{name}'.")
        if len(self.operations) != 1:
            raise GraphQLError(
                "The document has no operation."
                if not self.operations
                else "The document has several operations: name one with operationName."
            )
        return self.operations[0]


class PreparedOperation:
    """An operation of a valid document, with what does not change from one request to another."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        text: str,
    ) -> None:
        self.node = node
        self.type = OperationType(node.operation.value)
        # Keeps the plans.
        self.operation = Operation(document, node)
        self._schema = schema
        self._fragments = fragments_of(document)
        self.selected = SelectedFields.of(schema, node, self._fragments)
        self.snapshot = (
            SnapshotPlan.of(node, text, self.selected) if self.type is OperationType.QUERY else None
        )
        self._measure: Measure | None = None

    def require_moderate(self, variables: Mapping[str, object]) -> Measure:
        """The operation's measure; raise GraphQLError when it is beyond a limit."""
        if self._measure is not None:
            return self._measure
        meter = OperationMeter(self._schema, self._fragments, variables)
        measure = meter.require_moderate(self.node)
        if not meter.depends_on_variables:
            self._measure = measure
        return measure


class DocumentCache:
    """The valid documents used last, by their text."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0
        # How often a document was known, and was not.
        self.hits = self.misses = 0

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, text: str) -> Document:
        """The document with this text."""
        known = self._documents.get(text)
        if known is not None:
            self._documents.move_to_end(text)
            self.hits += 1
            return known
        self.misses += 1
        document = self._read(text)
        if len(text) <= _CACHED_CHARACTERS_MAX and not document.errors:
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._documents[text] = document
        self._characters += len(text)
        while self._characters > _CHARACTERS_MAX:
            forgotten, _ = self._documents.popitem(last=False)
            self._characters -= len(forgotten)

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=_TOKENS_MAX)
        except GraphQLError as error:
            return Document(node=None, errors=(error,))
        except RecursionError:
            return Document(node=None, errors=(GraphQLError("The document is nested too deeply."),))
        try:
            errors = validate(
                self._schema,
                node,
                rules=_RULES,
                max_errors=_VALIDATION_ERRORS_MAX,
                hide_suggestions=True,
            )
        except RecursionError:
            errors = [GraphQLError("The document is nested too deeply.")]
        return Document(
            node=node,
            text=text,
            operations=tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode)),
            errors=tuple(errors),
        )
