"""Who may run which mutation; a new mutation must take its place in the table."""

import pytest

from domain.access import Role
from domain.entities import Project
from graph.schema import executable_schema
from persistence.database import Database
from tests.builders import CountingIds, World
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient
from tests.graph.conftest import ClientFor, a_graph_board, a_graph_world
from tests.graph.mutation_inputs import (
    ALL,
    FOR_MEMBERS,
    FOR_READERS,
    OF_A_WORKSPACE,
    Given,
    mutation_text,
)


async def _seq(board: FullBoard) -> int:
    return await board.world.seq()


async def _project(board: FullBoard) -> Project | None:
    async with board.world.transaction() as work:
        return await work.projects.find(board.world.project.id)


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def board(world: World, database: Database) -> FullBoard:
    return await a_graph_board(world, database)


def test_the_table_has_every_mutation_of_the_schema() -> None:
    mutations = executable_schema().mutation_type
    assert mutations is not None
    assert set(ALL) == set(mutations.fields)


@pytest.mark.parametrize("mutation", OF_A_WORKSPACE)
async def test_a_stranger_is_told_that_there_is_no_such_thing(
    stranger: GraphClient, board: FullBoard, mutation: str
) -> None:
    before = await _seq(board), await _project(board)
    seen = await stranger.data(mutation_text(mutation), i=OF_A_WORKSPACE[mutation](board))
    payload = seen[mutation]
    [error] = payload.pop("errors")
    assert error["code"] == "NOT_FOUND"
    assert error["field"] is not None
    assert set(payload.values()) == {None}
    assert (await _seq(board), await _project(board)) == before


@pytest.mark.parametrize("mutation", OF_A_WORKSPACE)
async def test_a_stranger_is_told_the_same_of_what_exists_and_what_does_not(
    stranger: GraphClient, board: FullBoard, mutation: str
) -> None:
    given = OF_A_WORKSPACE[mutation](board)
    elsewhere = str(board.task.id).replace("0190", "0191", 1)
    [first] = [key for key in given if key.endswith(("Id", "Ids"))][:1]
    unknown: Given = {**given, first: [elsewhere] if first.endswith("Ids") else elsewhere}
    answers = [await stranger.data(mutation_text(mutation), i=i) for i in (given, unknown)]
    assert str(answers[0]).replace(str(given[first]), "ID") == str(answers[1]).replace(
        str(unknown[first]), "ID"
    )


@pytest.mark.parametrize("mutation", FOR_MEMBERS)
async def test_a_viewer_is_refused_as_a_whole(
    client_for: ClientFor, board: FullBoard, mutation: str
) -> None:
    before = await _seq(board), await _project(board)
    error = await client_for(Role.VIEWER).refusal(
        mutation_text(mutation), i=FOR_MEMBERS[mutation](board)
    )
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert error["path"] == [mutation]
    assert error["message"].startswith("As a viewer you may not")
    assert (await _seq(board), await _project(board)) == before


@pytest.mark.parametrize("mutation", FOR_READERS)
async def test_a_viewer_runs_what_is_for_readers(
    client_for: ClientFor, board: FullBoard, mutation: str
) -> None:
    payload = await client_for(Role.VIEWER).run(mutation, FOR_READERS[mutation](board))
    assert payload["errors"] == []


@pytest.mark.parametrize("mutation", ALL)
async def test_nobody_runs_it_without_an_access_token(
    nobody: GraphClient, board: FullBoard, mutation: str
) -> None:
    error = await nobody.refusal(mutation_text(mutation), i=ALL[mutation](board))
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_anybody_who_is_signed_in_may_open_a_workspace(
    stranger: GraphClient, board: FullBoard
) -> None:
    given = ALL["workspaceCreate"](board)
    payload = await stranger.run("workspaceCreate", given, "workspace { slug viewerRole }")
    assert payload["workspace"] == {"slug": given["slug"], "viewerRole": "OWNER"}


async def test_a_member_edits_nobody_elses_comment(client_for: ClientFor, board: FullBoard) -> None:
    given = {"commentId": str(board.comment.id), "body": "Mine now"}
    error = await client_for(Role.ADMIN).refusal(mutation_text("commentUpdate"), i=given)
    assert error["extensions"] == {"code": "FORBIDDEN"}
