from collections.abc import Mapping

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLCompositeType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_introspection_query,
    parse,
)

from graph import documents
from graph.documents import DocumentCache
from graph.limits import COST_MAX, DEPTH_MAX, FIELDS_MAX, Measure, OperationMeter
from graph.operation import GraphRequest, GraphResponse, JsonObject, OperationType
from graph.schema import executable_schema
from graph.service import GraphService
from tests.graph.client import GraphClient, codes
from tests.graph.test_statements import BOARD


class CountingMeter(OperationMeter):
    """Counts how many selections it looks into."""

    selections = 0

    def _measure(
        self, selection_set: SelectionSetNode, parent: GraphQLCompositeType | None
    ) -> Measure:
        self.selections += 1
        return super()._measure(selection_set, parent)


def _meter(
    text: str, variables: Mapping[str, object] | None = None
) -> tuple[CountingMeter, OperationDefinitionNode]:
    document = parse(text)
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    [operation] = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    return CountingMeter(executable_schema(), fragments, variables or {}), operation


def _cost(text: str, **variables: object) -> int:
    meter, operation = _meter(text, variables)
    return meter.require_moderate(operation).cost


def _prepared(
    service: GraphService, query: str, variables: JsonObject | None = None
) -> OperationType | GraphResponse:
    return service.operation_type(GraphRequest(query=query, variables=variables or {}))


def _refusal(
    service: GraphService, query: str, variables: JsonObject | None = None
) -> tuple[str, str]:
    """The code and message of the only error."""
    refused = _prepared(service, query, variables)
    assert isinstance(refused, GraphResponse)
    assert refused.is_request_error
    assert "data" not in refused.as_json()
    [error] = refused.errors
    return codes(refused)[0], str(error["message"])


def _parents(levels: int) -> str:
    """A query so many levels deep."""
    opened = "".join(" { parent" for _ in range(levels - 2))
    return '{ task(id: "x")' + opened + " { id }" + " }" * (levels - 2) + " }"


def test_the_deepest_allowed_operation_may_run(service: GraphService) -> None:
    assert _prepared(service, _parents(DEPTH_MAX)) is OperationType.QUERY


def test_one_level_more_is_refused(service: GraphService) -> None:
    code, message = _refusal(service, _parents(DEPTH_MAX + 1))
    assert code == "QUERY_TOO_COMPLEX"
    assert f"{DEPTH_MAX + 1} levels deep; at most {DEPTH_MAX}" in message


def test_depth_hidden_in_fragments_counts(service: GraphService) -> None:
    spread = '{ task(id: "x") { ...F } } fragment F on Task { parent ' + "{ parent " * 25
    code, _ = _refusal(service, spread + "{ id }" + " }" * 26)
    assert code == "QUERY_TOO_COMPLEX"


def test_as_many_fields_as_allowed_may_be_asked_for(service: GraphService) -> None:
    fields = " ".join(f"a{n}: name" for n in range(2_400))
    # One fragment of 2,400 fields and their parent, twice.
    twice = "{ a: viewer { ...F } b: viewer { ...F } } fragment F on User { " + fields + " }"
    assert _prepared(service, twice) is OperationType.QUERY


def test_more_fields_than_allowed_are_refused(service: GraphService) -> None:
    fields = " ".join(f"a{n}: name" for n in range(2_400))
    text = "{ a: viewer { ...F } b: viewer { ...F } c: viewer { ...F } } "
    code, message = _refusal(service, text + "fragment F on User { " + fields + " }")
    assert code == "QUERY_TOO_COMPLEX"
    assert f"7203 fields large; at most {FIELDS_MAX}" in message


def test_pages_in_pages_in_pages_are_refused(service: GraphService) -> None:
    page = "comments(first: 250) { nodes { task { "
    text = '{ task(id: "x") { ' + page * 3 + "id" + " } } }" * 3 + " } }"
    code, message = _refusal(service, text)
    assert code == "QUERY_TOO_COMPLEX"
    assert f"at most {COST_MAX} are allowed" in message


def test_a_full_board_is_moderate() -> None:
    assert _cost(BOARD) < COST_MAX / 2


@pytest.mark.parametrize("argument", ["first", "last"])
def test_a_page_costs_its_size(argument: str) -> None:
    text = '{ task(id: "x") { comments(%s: %d) { nodes { author { id } } } } }'
    assert _cost(text % (argument, 200)) > _cost(text % (argument, 100)) > 100


def test_a_page_size_in_a_variable_costs_the_same_as_a_literal() -> None:
    text = 'query($n: Int) { task(id: "x") { comments(first: $n) { nodes { author { id } } } } }'
    literal = '{ task(id: "x") { comments(first: 201) { nodes { author { id } } } } }'
    assert _cost(text, n=201) == _cost(literal)
    assert _cost(text) == _cost(literal.replace("first: 201", "first: 50"))


def test_the_default_of_a_variable_counts() -> None:
    text = "query($n: Int = 250) { viewer { id } task { comments(first: $n) { nodes { id } } } }"
    assert _cost(text) == _cost(text, n=250) > _cost(text, n=10)


@pytest.mark.parametrize("size", [-1_000_000, -1, 0])
def test_a_negative_page_offsets_no_cost(size: int) -> None:
    text = "query($n: Int) { task { comments(first: $n) { nodes { author { id } } } } }"
    assert _cost(text, n=size) >= _cost("{ task { id } }")
    assert _cost(text.replace("first: $n", f"first: {size}")) == _cost(text, n=size)


def test_a_page_too_large_is_left_to_the_field_that_refuses_it() -> None:
    text = "query($n: Int) { task { comments(first: $n) { nodes { id } } } }"
    assert _cost(text, n=10**9) == _cost(text, n=250)


def test_every_id_of_nodes_counts() -> None:
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Project { columns { id } } } }"
    assert _cost(text, ids=["x"] * 200) > 100 * _cost(text, ids=["x"])
    literal = '{ nodes(ids: ["x", "x", "x"]) { ... on Project { columns { id } } } }'
    assert _cost(literal) == _cost(text, ids=["x"] * 3)


def test_aliases_cost_each_time() -> None:
    once = _cost('{ a: task(id: "x") { comments { nodes { id } } } }')
    twice = _cost(
        '{ a: task(id: "x") { comments { nodes { id } } } b: task { comments { nodes { id } } } }'
    )
    assert twice == 2 * once


async def test_the_introspection_of_graphiql_passes(nobody: GraphClient) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    seen = await nobody.data(query)
    assert {"Task", "TaskFilter"} <= {shown["name"] for shown in seen["__schema"]["types"]}


def test_introspection_by_many_aliases_is_refused(service: GraphService) -> None:
    schema = "__schema { types { fields { type { fields { name type { name } } } } } }"
    text = "{ " + " ".join(f"a{n}: {schema}" for n in range(20)) + " }"
    assert _refusal(service, text)[0] == "QUERY_TOO_COMPLEX"


def test_introspection_in_circles_is_refused(service: GraphService) -> None:
    text = "{ __schema { types " + "{ fields { type " * 5 + "{ name }" + " } }" * 5 + " } }"
    code, message = _refusal(service, text)
    assert (code, message) == ("BAD_USER_INPUT", "Maximum introspection depth exceeded")


def test_fragments_that_double_at_every_level_are_measured_once_each() -> None:
    levels = 16
    text = "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} viewer {{ id }} ...F{n + 1} }}"
        for n in range(levels)
    )
    meter, operation = _meter(text + f" fragment F{levels} on Query {{ viewer {{ id }} }}")
    with pytest.raises(Exception, match="fields large; at most"):
        meter.require_moderate(operation)
    assert meter.selections <= 2 * levels + 3


def test_a_document_of_too_many_tokens_is_refused_while_it_is_read(service: GraphService) -> None:
    code, message = _refusal(service, "{ " + "viewer " * 9_000 + "}")
    assert code == "BAD_USER_INPUT"
    assert "more than 8000 tokens" in message


@pytest.mark.parametrize(
    "text",
    [
        "{ a " + "{ a " * 3_000,
        "{ tasks(filter: " + "{ not: " * 2_000 + "{}" + " }" * 2_000 + ") { totalCount } }",
        "query($a: " + "[" * 3_000 + "Int" + "]" * 3_000 + ") { viewer { id } }",
        "{ viewer { ... { " + "... { " * 600 + "id" + " }" * 602 + " }",
    ],
    ids=["fields", "objects", "types", "inline fragments"],
)
def test_a_document_nested_beyond_measure_is_refused(service: GraphService, text: str) -> None:
    code, message = _refusal(service, text)
    assert code == "BAD_USER_INPUT"
    assert "nested too deeply" in message


def test_a_document_of_several_operations_needs_a_name(service: GraphService) -> None:
    text = "query A { viewer { id } } mutation B { __typename }"
    code, message = _refusal(service, text)
    assert (code, "name one with operationName" in message) == ("BAD_USER_INPUT", True)
    named = GraphRequest(query=text, operation_name="B")
    assert service.operation_type(named) is OperationType.MUTATION


def test_a_name_that_no_operation_has_is_refused(service: GraphService) -> None:
    request = GraphRequest(query="query A { viewer { id } }", operation_name="B")
    refused = service.operation_type(request)
    assert isinstance(refused, GraphResponse)
    assert refused.errors[0]["message"] == "The document has no operation named 'B'."


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "# nothing",
        "{ }",
        "query { }",
        "{ viewer { } }",
        "{ viewer }",
        "fragment F on Query",
    ],
)
def test_an_empty_or_broken_document_is_refused(service: GraphService, text: str) -> None:
    assert _refusal(service, text)[0] == "BAD_USER_INPUT"


def test_a_document_of_fragments_alone_is_refused(service: GraphService) -> None:
    refused = _prepared(service, "fragment F on Query { viewer { id } }")
    assert isinstance(refused, GraphResponse)
    assert codes(refused) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{ viewr { id } }", "viewer"),
        ("{ viewer { nam } }", "name"),
        ('{ workspace(slug: "x", slag: 1) { id } }', "slug"),
        ('{ tasks(workspaceSlug: "x", filter: { titel: {} }) { totalCount } }', "title"),
        ('{ tasks(workspaceSlug: "x", orderBy: [{ field: TITEL }]) { totalCount } }', "TITLE"),
        ("{ node(id: 1) { ... on Taks { id } } }", "Task"),
    ],
)
def test_what_does_not_exist_is_refused_without_a_hint_at_what_does(
    service: GraphService, text: str, hint: str
) -> None:
    code, message = _refusal(service, text)
    assert code == "BAD_USER_INPUT"
    assert f"'{hint}'" not in message
    assert "Did you mean" not in message


async def test_a_wrong_variable_gets_no_hint_either(nobody: GraphClient) -> None:
    text = 'query($o: [TaskOrder!]) { tasks(workspaceSlug: "x", orderBy: $o) { totalCount } }'
    response = await nobody.execute(text, {"o": [{"field": "TITEL"}, {"feild": "TITLE"}]})
    assert response.is_request_error
    assert set(codes(response)) == {"BAD_USER_INPUT"}
    assert "Did you mean" not in str(response.errors)


def test_a_flood_of_errors_is_cut_short(service: GraphService) -> None:
    refused = _prepared(service, "{ " + " ".join(f"no{n}" for n in range(500)) + " }")
    assert isinstance(refused, GraphResponse)
    assert len(refused.errors) <= 21


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { " + "id " * 3_900 + "} }",
        "{ " + "viewer { id } " * 1_500 + "}",
        "{ " + 'task(id: "x") { id } ' * 600 + "}",
    ],
    ids=["leaves", "objects", "arguments"],
)
def test_comparing_fields_that_may_conflict_is_given_up_early(
    service: GraphService, text: str
) -> None:
    assert _refusal(service, text) == ("BAD_USER_INPUT", "Validation aborted.")


def test_the_document_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DocumentCache(executable_schema())
    monkeypatch.setattr(documents, "_CHARACTERS_MAX", 1_000)
    first = cache.get("{ viewer { id } }")
    assert cache.get("{ viewer { id } }") is first
    for number in range(100):
        cache.get(f"{{ a{number}: viewer {{ id }} }}")
    assert len(cache._documents) < 60
    assert cache.get("{ viewer { id } }") is not first


def test_the_document_used_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DocumentCache(executable_schema())
    monkeypatch.setattr(documents, "_CHARACTERS_MAX", 1_000)
    first = cache.get("{ viewer { id } }")
    for number in range(100):
        cache.get(f"{{ a{number}: viewer {{ id }} }}")
        assert cache.get("{ viewer { id } }") is first


def test_a_document_too_long_to_share_the_cache_is_not_kept() -> None:
    cache = DocumentCache(executable_schema())
    long = "{ viewer { id } }" + " " * 60_000
    assert cache.get(long) is not cache.get(long)
    assert len(cache._documents) == 0
