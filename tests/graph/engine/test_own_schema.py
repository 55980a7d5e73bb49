"""Engine and reference answer alike on Taskwire's schema, with Postgres below."""

from collections.abc import Mapping, Sequence
from random import Random

import pytest

from domain.access import Role
from domain.identifiers import SessionId
from graph.context import GraphContext, GraphContextFactory, Viewer
from graph.field_sources import StrawberrySources
from graph.schema import SCHEMA, executable_schema
from persistence.database import Database
from persistence.readers import PostgresReaders
from tests.builders import MONDAY, World, new_id
from tests.graph.boards import FullBoard
from tests.graph.engine.comparison import Oracle
from tests.graph.engine.generated_operations import walked_operation
from tests.graph.live_feed import MemoryFeed

# graphql-core drops coroutines of its own when an error cuts a list short.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*coroutine (object |')Executor:pytest.PytestUnraisableExceptionWarning",
    "ignore:coroutine 'Executor:RuntimeWarning",
)


def _literals(board: FullBoard) -> Mapping[str, Sequence[str]]:
    ids = [f'"{value}"' for value in board.id_by_type.values()] + [f'"{board.task.id}"', '"?"']
    keys = [f'"{board.world.project.key}"', f'"{board.task.key}"', '"NONE"']
    return {
        "id": ids,
        "ids": [f"[{', '.join(ids[:-1])}]", "[]", '["?"]'],
        "key": keys,
        "workspaceSlug": [f'"{board.world.workspace.slug}"', '"nowhere"'],
        "slug": [f'"{board.world.workspace.slug}"', '"nowhere"'],
        "first": ["0", "1", "3", "100", "-1", "1000"],
        "last": ["2"],
        "after": ['"?"', "null"],
        "includeArchived": ["true", "false"],
        "filter": ['{title: {contains: "e"}}', "{assignee: {isMe: true}}", "null"],
        "orderBy": ["[{field: TITLE, direction: DESC}]", "[]"],
    }


@pytest.fixture
def oracle(database: Database, world: World) -> Oracle:
    """Compares for a member of the world."""
    contexts = GraphContextFactory(
        readers=PostgresReaders(database), commands=world.bus, live=MemoryFeed()
    )
    viewer = Viewer(
        user_id=world.actor(Role.MEMBER), session_id=SessionId(new_id()), expires_at=MONDAY
    )

    def context() -> GraphContext:
        return contexts(viewer)

    return Oracle(executable_schema(), StrawberrySources(SCHEMA), context)


async def test_generated_queries_give_the_same_results(oracle: Oracle, board: FullBoard) -> None:
    literals = _literals(board)
    for seed in range(150):
        operation = walked_operation(executable_schema(), Random(seed), literals=literals)  # noqa: S311
        try:
            await oracle.require_same(operation, is_ordered=False)
        except AssertionError as error:
            error.add_note(f"seed {seed}\n{operation}")
            raise
