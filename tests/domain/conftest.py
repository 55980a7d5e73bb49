import pytest

from tests.builders import World, a_world
from tests.fakes import MemoryDatabase


@pytest.fixture
def memory() -> MemoryDatabase:
    """An empty database in memory."""
    return MemoryDatabase()


@pytest.fixture
async def world(memory: MemoryDatabase) -> World:
    """A board and its people in memory."""
    return await a_world(memory.unit_of_work, memory.read_events)
