from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)
from graphql.utilities import find_schema_changes
from graphql.utilities.find_schema_changes import BreakingChange

from graph.schema import executable_schema, print_sdl

ROOT = Path(__file__).parents[2]
CONTRACT = Path(__file__).with_name("contract.graphql")

_PAGE_ARGUMENTS = {"first", "after", "last", "before"}

MUTATIONS = {
    "workspaceCreate", "workspaceUpdate",
    "memberInvite", "inviteAccept", "inviteRevoke", "memberUpdate", "memberRemove",
    "projectCreate", "projectUpdate", "projectArchive", "projectRestore",
    "columnCreate", "columnUpdate", "columnMove", "columnDelete",
    "labelCreate", "labelUpdate", "labelDelete",
    "taskCreate", "taskUpdate", "taskMove", "taskArchive", "taskRestore", "taskDelete",
    "tasksUpdate",
    "checklistItemCreate", "checklistItemUpdate", "checklistItemDelete",
    "commentCreate", "commentUpdate", "commentDelete",
    "presenceUpdate",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return executable_schema()


def _mutations(schema: GraphQLSchema) -> GraphQLObjectType:
    assert schema.mutation_type is not None
    return schema.mutation_type


def _descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything of ours that a client can name, with its description."""
    for name, named in schema.type_map.items():
        if not is_introspection_type(named) and not is_specified_scalar_type(named):
            yield name, named.description
            yield from _member_descriptions(name, named)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def _member_descriptions(name: str, named: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    match named:
        case GraphQLEnumType(values=members) | GraphQLInputObjectType(fields=members):
            for key, member in members.items():
                yield f"{name}.{key}", member.description
        case GraphQLObjectType(fields=fields) | GraphQLInterfaceType(fields=fields):
            for key, field in fields.items():
                yield f"{name}.{key}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{key}({argument_name}:)", argument.description


def test_everything_in_the_schema_is_described_in_a_sentence(schema: GraphQLSchema) -> None:
    described = dict(_descriptions(schema))
    assert len(described) > 400
    assert [name for name, text in described.items() if not (text or "").strip()] == []
    assert [name for name, text in described.items() if not (text or "").endswith((".", "…"))] == []


def test_the_schema_in_the_repository_is_the_one_that_is_served() -> None:
    assert (ROOT / "schema.graphql").read_text() == print_sdl()


def test_the_printed_schema_is_the_executable_one(schema: GraphQLSchema) -> None:
    printed = build_schema(print_sdl())
    differences = [*find_schema_changes(printed, schema), *find_schema_changes(schema, printed)]
    assert [change.description for change in differences] == []


def test_the_schema_keeps_the_contract(schema: GraphQLSchema) -> None:
    changes = find_schema_changes(build_schema(CONTRACT.read_text()), schema)
    broken = [change.description for change in changes if isinstance(change, BreakingChange)]
    assert broken == []


def test_there_are_the_mutations_of_the_contract(schema: GraphQLSchema) -> None:
    assert set(_mutations(schema).fields) == MUTATIONS


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_mutation_takes_one_input_and_answers_with_its_payload(
    schema: GraphQLSchema, name: str
) -> None:
    field = _mutations(schema).fields[name]
    capital = name[0].upper() + name[1:]
    assert {key: str(argument.type) for key, argument in field.args.items()} == {
        "input": f"{capital}Input!"
    }
    assert str(field.type) == f"{capital}Payload!"
    given = get_named_type(field.args["input"].type)
    assert isinstance(given, GraphQLInputObjectType)
    assert str(given.fields["idempotencyKey"].type) == "String"
    assert str(given.fields["clientMutationId"].type) == "String"
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    told = {key: str(f.type) for key, f in payload.fields.items()}
    assert (
        told.items()
        >= {
            "cursor": "Cursor",
            "errors": "[UserError!]!",
            "clientMutationId": "String",
        }.items()
    )


@pytest.mark.parametrize("verb", ["Create", "Update", "Move", "Archive", "Restore", "Delete"])
def test_mutations_are_named_noun_first(schema: GraphQLSchema, verb: str) -> None:
    named = [name for name in _mutations(schema).fields if name.endswith(verb)]
    assert named
    assert [name for name in named if name.startswith(verb.lower())] == []


@pytest.mark.parametrize(
    "name", sorted(name for name in MUTATIONS if name.endswith(("Update", "Move", "Delete")))
)
def test_a_change_can_be_refused_when_the_object_is_stale(schema: GraphQLSchema, name: str) -> None:
    given = get_named_type(_mutations(schema).fields[name].args["input"].type)
    assert isinstance(given, GraphQLInputObjectType)
    # One version can't speak for a hundred tasks; a membership and a presence have none.
    without = ("tasksUpdate", "memberUpdate", "presenceUpdate")
    assert ("expectedVersion" in given.fields) is (name not in without)


def test_every_node_has_its_times(schema: GraphQLSchema) -> None:
    node = schema.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    timeless = [
        shown.name
        for shown in schema.get_implementations(node).objects
        if not {"createdAt", "updatedAt"} <= set(shown.fields)
    ]
    # An event never changes: it has occurredAt.
    assert timeless == ["ProjectEvent"]


def test_every_connection_is_complete(schema: GraphQLSchema) -> None:
    connections = [
        named
        for name, named in schema.type_map.items()
        if name.endswith("Connection") and isinstance(named, GraphQLObjectType)
    ]
    assert {named.name for named in connections} == {
        "CommentConnection", "ProjectConnection", "ProjectEventConnection", "TaskConnection",
    }  # fmt: skip
    for connection in connections:
        item = connection.name.removesuffix("Connection")
        assert {key: str(f.type) for key, f in connection.fields.items()} == {
            "edges": f"[{item}Edge!]!",
            "nodes": f"[{item}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }


def test_every_list_that_can_grow_without_bound_is_paged(schema: GraphQLSchema) -> None:
    paged = {
        f"{shown.name}.{key}": set(field.args)
        for shown in schema.type_map.values()
        if isinstance(shown, GraphQLObjectType)
        for key, field in shown.fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    }
    assert set(paged) == {
        "BoardColumn.tasks", "Project.events", "Project.tasks", "Query.tasks", "Task.comments",
        "Task.events", "Workspace.projects",
    }  # fmt: skip
    assert [name for name, given in paged.items() if not given >= _PAGE_ARGUMENTS] == []
