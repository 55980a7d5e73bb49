"""Relations as graphql-core resolves them, without the engine."""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from strawberry.types import Info

from domain.reads import Visibility
from graph.loading import EntityLoader, Loaders
from graph.relations import relation


class SlowByIdLoader(EntityLoader[str]):
    """Answers when it is let go."""

    gate = asyncio.Event()

    async def load_batch(self, keys: Sequence[UUID]) -> Sequence[str | None]:
        await self.gate.wait()
        return [str(key) for key in keys]

    async def read(self, keys: Sequence[UUID], scope: Visibility) -> Mapping[UUID, str | None]:
        raise AssertionError(f"load_batch answers, not this: {keys} {scope}")


async def test_a_cancelled_field_leaves_the_value_to_the_others_that_wait_for_it() -> None:
    context: Any = SimpleNamespace(load_observer=None)
    context.loaders = Loaders(context)
    info = cast("Info", SimpleNamespace(context=context))
    source = SimpleNamespace(id=UUID(int=7))
    resolve = relation(SlowByIdLoader, key="id", description="x").base_resolver.wrapped_func
    first = asyncio.ensure_future(resolve(source, info))
    second = asyncio.ensure_future(resolve(source, info))
    await asyncio.sleep(0)
    first.cancel()
    SlowByIdLoader.gate.set()
    assert await second == str(UUID(int=7))


async def test_values_are_known_once_they_were_loaded_or_came_along() -> None:
    context: Any = SimpleNamespace(load_observer=None)
    loaders = Loaders(context)
    keys = [UUID(int=7), UUID(int=8)]
    assert loaders.find_known(SlowByIdLoader, None, keys) is None
    loaders.prime(SlowByIdLoader, {keys[0]: "came along"})
    assert loaders.find_known(SlowByIdLoader, None, keys[:1]) == ["came along"]
    assert loaders.find_known(SlowByIdLoader, None, keys) is None
    SlowByIdLoader.gate.set()
    loaded = await loaders.load_all(SlowByIdLoader, None, keys)
    assert loaders.find_known(SlowByIdLoader, None, keys) == loaded


async def test_a_value_that_somebody_waits_for_is_not_known() -> None:
    context: Any = SimpleNamespace(load_observer=None)
    loaders = Loaders(context)
    key = UUID(int=7)
    SlowByIdLoader.gate.clear()
    waiting = asyncio.ensure_future(loaders.get(SlowByIdLoader).load(key))
    await asyncio.sleep(0)
    assert loaders.find_known(SlowByIdLoader, None, [key]) is None
    SlowByIdLoader.gate.set()
    assert await waiting == str(key)
