"""Operations made up from the schema: whatever they ask, nothing breaks."""

from collections.abc import Callable
from typing import Any, Final

import orjson
import pytest
from graphql import StringValueNode, build_schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, nodes, queries

from domain.access import Role
from domain.errors import ErrorCode
from graph.schema import print_sdl
from persistence.database import Database
from tests.builders import CountingIds, World
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient, codes
from tests.graph.conftest import ClientFor, a_graph_board, a_graph_world

DOCUMENTED: Final = {"BAD_USER_INPUT", "QUERY_TOO_COMPLEX", "FORBIDDEN"} | {
    code.value for code in ErrorCode
}
EXAMPLES: Final = 40

Operations = Callable[[Mode], st.SearchStrategy[object]]


@pytest.fixture(scope="module")
async def world(database: Database, ids: CountingIds) -> World:
    return await a_graph_world(database, ids)


@pytest.fixture(scope="module")
async def board(world: World, database: Database) -> FullBoard:
    return await a_graph_board(world, database)


@pytest.fixture(scope="module")
def operations(board: FullBoard) -> Operations:
    """Random operations that know the board's ids."""
    schema = build_schema(print_sdl())
    ids = [*board.id_by_type.values(), str(board.task.id), "x"]
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "ID": st.sampled_from(ids).map(nodes.String),
        "Date": _text(st.dates().map(str)),
        "DateTime": _text(st.datetimes(timezones=st.timezones()).map(lambda d: d.isoformat())),
        "Cursor": _text(st.text(max_size=40)),
    }

    def drawn(mode: Mode) -> st.SearchStrategy[object]:
        return st.one_of(
            queries(schema, custom_scalars=scalars, mode=mode),
            mutations(schema, custom_scalars=scalars, mode=mode),
        )

    return drawn


def _text(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    return strategy.map(nodes.String)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
@given(data=st.data())
@settings(
    max_examples=EXAMPLES,
    # A failing operation is short enough to be read as it is.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_operation_breaks_anything(
    data: st.DataObject,
    client_for: ClientFor,
    world: World,
    operations: Operations,
    role: Role,
    mode: Mode,
) -> None:
    client: GraphClient = client_for(world.actor(role))
    text = str(data.draw(operations(mode)))
    response = await client.execute(text)
    assert set(codes(response)) <= DOCUMENTED, response.errors
    orjson.dumps(response.as_json())
