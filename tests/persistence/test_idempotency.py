import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.commands.tasks import CreateTask, create_task
from domain.errors import IdempotencyKeyReused, InvalidInput
from persistence.database import Database
from tests.builders import World

pytestmark = pytest.mark.stack


def _command(world: World) -> CreateTask:
    return CreateTask(
        project_id=world.project.id,
        column_id=world.to_do.id,
        title="Weave",
        idempotency_key="key-1",
    )


async def _age(database: Database, age: timedelta) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            text("UPDATE idempotency_keys SET created_at = now() - CAST(:age AS interval)"),
            {"age": age},
        )


async def test_of_ten_retries_at_once_one_acts_and_all_learn_the_same(world: World) -> None:
    outcomes = await asyncio.gather(*(world.run(create_task, _command(world)) for _ in range(10)))
    assert len({(outcome.object_ids, outcome.cursor) for outcome in outcomes}) == 1
    assert [outcome.object is None for outcome in outcomes].count(False) == 1
    assert await world.titles_in(world.to_do) == ["Weave"]
    assert len(await world.events()) == 1


async def test_of_different_requests_at_once_with_one_key_one_acts(world: World) -> None:
    results = await asyncio.gather(
        *(world.run(create_task, replace(_command(world), title=f"Title {n}")) for n in range(10)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(IdempotencyKeyReused) == 9
    assert len(await world.titles_in(world.to_do)) == 1


async def test_a_retry_that_waited_for_a_failure_acts_itself(world: World) -> None:
    results = await asyncio.gather(
        world.run(create_task, replace(_command(world), title=" ")),
        world.run(create_task, _command(world)),
        world.run(create_task, _command(world)),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(InvalidInput) == 1
    assert await world.titles_in(world.to_do) == ["Weave"]


async def test_a_key_is_remembered_for_a_day_and_then_new(world: World, database: Database) -> None:
    first = await world.run(create_task, _command(world))
    await _age(database, timedelta(hours=23, minutes=59))
    assert (await world.run(create_task, _command(world))).object_ids == first.object_ids
    await _age(database, timedelta(hours=24, minutes=1))
    second = await world.run(create_task, replace(_command(world), title="Another"))
    assert second.object_ids != first.object_ids
    again = await world.run(create_task, replace(_command(world), title="Another"))
    assert (again.object_ids, again.cursor) == (second.object_ids, second.cursor)


async def test_of_ten_who_find_a_key_expired_one_acts(world: World, database: Database) -> None:
    await world.run(create_task, _command(world))
    await _age(database, timedelta(hours=25))
    outcomes = await asyncio.gather(*(world.run(create_task, _command(world)) for _ in range(10)))
    assert len({outcome.object_ids for outcome in outcomes}) == 1
    assert await world.titles_in(world.to_do) == ["Weave", "Weave"]
