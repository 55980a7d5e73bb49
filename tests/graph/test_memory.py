"""What an operation read goes when it ends: nothing waits for the garbage collector."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from domain.access import Role
from graph.operation import GraphRequest, OperationType
from graph.service import GraphService
from persistence.database import Database
from tests.builders import World
from tests.graph.boards import FullBoard
from tests.graph.client import GraphClient
from tests.graph.conftest import a_client

_BOARD = """query($id: ID!) { project(id: $id) {
  columns { tasks(first: 9) { nodes { id assignee { name } labels { name } } } } } }"""


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize("engine", [True, False])
async def test_what_an_operation_loaded_goes_with_it(
    database: Database, world: World, board: FullBoard, *, engine: bool
) -> None:
    client: GraphClient = a_client(
        world, Role.MEMBER, database=database, service=GraphService(engine=engine)
    )
    context = client._context()
    loaders = weakref.ref(context.loaders)
    request = GraphRequest(query=_BOARD, variables={"id": str(board.world.project.id)})

    response = await client.service.execute(
        request, context, allowed=frozenset({OperationType.QUERY})
    )

    assert response.errors == ()
    assert loaders() is None
