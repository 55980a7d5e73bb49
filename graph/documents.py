"""Documents, parsed and validated once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

# Far above any document people write; validation is quadratic in the worst case.
_TOKENS_MAX: Final = 8_000
_VALIDATION_ERRORS_MAX: Final = 20
_DOCUMENTS_MAX: Final = 512
# Longer documents are rare and would crowd out the others.
_CACHED_CHARACTERS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that is valid for the schema, or the errors that say why it is not."""

    node: DocumentNode | None
    operations: tuple[OperationDefinitionNode, ...] = ()
    fragments: Mapping[str, FragmentDefinitionNode] | None = None
    errors: tuple[GraphQLError, ...] = ()

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


class DocumentCache:
    """The documents used last, by their text."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document with this text."""
        known = self._documents.get(text)
        if known is not None:
            self._documents.move_to_end(text)
            return known
        document = self._read(text)
        if len(text) <= _CACHED_CHARACTERS_MAX:
            self._documents[text] = document
            if len(self._documents) > _DOCUMENTS_MAX:
                self._documents.popitem(last=False)
        return document

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=_TOKENS_MAX)
        except GraphQLError as error:
            return Document(node=None, errors=(error,))
        except RecursionError:
            return Document(node=None, errors=(GraphQLError("The document is nested too deeply."),))
        try:
            errors = validate(
                self._schema, node, max_errors=_VALIDATION_ERRORS_MAX, hide_suggestions=True
            )
        except RecursionError:
            errors = [GraphQLError("The document is nested too deeply.")]
        return Document(
            node=node,
            operations=tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode)),
            fragments={
                d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)
            },
            errors=tuple(errors),
        )
