from domain.access import Role
from tests.builders import World
from tests.graph.client import GraphClient


async def test_the_viewer_is_who_asks(owner: GraphClient, world: World) -> None:
    seen = await owner.data("{ viewer { id name } }")
    assert seen["viewer"] == {"id": str(world.actor(Role.OWNER)), "name": "Owner"}
