import asyncio
from contextlib import suppress

import pytest

from persistence import held_projects
from persistence.held_projects import HeldProjects
from tests.builders import new_id


def test_a_project_is_held_until_the_transaction_ends() -> None:
    held, project_id = HeldProjects(), new_id()
    with held.holder() as holder:
        assert held.holder_of(project_id) is None
        holder.locked(project_id)
        # A command may lock what it has locked already.
        holder.locked(project_id)
        assert held.holder_of(project_id) is holder
        assert held.holder_of(new_id()) is None
    assert held.holder_of(project_id) is None


def test_a_transaction_that_fails_holds_nothing_either() -> None:
    held, project_id = HeldProjects(), new_id()
    with suppress(KeyError), held.holder() as holder:
        holder.locked(project_id)
        raise KeyError
    assert held.holder_of(project_id) is None


def test_whoever_came_next_holds_it_after_the_first_has_ended() -> None:
    held, project_id = HeldProjects(), new_id()
    with held.holder() as second:
        with held.holder() as first:
            first.locked(project_id)
            # Postgres gives the lock on before the first one hears of its commit.
            second.locked(project_id)
        assert held.holder_of(project_id) is second
    assert held.holder_of(project_id) is None


async def test_those_who_wait_go_on_together_at_the_end() -> None:
    held = HeldProjects()
    with held.holder() as holder:
        waiting = [asyncio.create_task(holder.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)
        await holder.wait()


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_projects, "_PATIENCE_SECONDS", 0.01)
    with HeldProjects().holder() as holder:
        async with asyncio.timeout(10):
            await holder.wait()
