import asyncio
from random import Random

import pytest

from domain.access import Role
from domain.board_order import RANK_CHARACTERS_MAX
from domain.commands.task_moves import MoveTask, move_task
from domain.entities import Task
from domain.errors import InvalidMove, StaleVersion
from domain.events import ProjectEventKind
from persistence.database import Database
from tests.builders import World
from tests.builders.board_state import applied
from tests.persistence.snapshots import read_board

pytestmark = pytest.mark.stack

CARDS, ACTORS, MOVES = 5, 10, 25


class Dragger:
    """Somebody who drags cards about as they saw them some moves ago."""

    def __init__(self, world: World, cards: list[Task], seed: int) -> None:
        self._world = world
        self._cards = cards
        self._random = Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._seen = {card.id: card.version for card in cards}
        self.refusals: list[Exception] = []

    async def drag(self) -> None:
        draw = self._random.choice
        card, one, other = self._random.sample(self._cards, 3)
        command = MoveTask(
            task_id=card.id,
            column_id=draw(self._world.columns[:3]).id,
            before_task_id=draw([None, one.id]),
            after_task_id=draw([None, other.id]),
            expected_version=draw([None, None, self._seen[card.id]]),
        )
        role = draw([Role.OWNER, Role.ADMIN, Role.MEMBER])
        try:
            moved = await self._world.do(move_task, command, by=role)
            self._seen[card.id] = moved.version
        except (InvalidMove, StaleVersion) as refusal:
            self.refusals.append(refusal)
            self._seen[card.id] = (await self._world.task(card.id)).version


@pytest.mark.parametrize("seed", [1, 2])
async def test_many_who_drag_few_cards_at_once_leave_a_board_that_the_log_replays(
    world: World, database: Database, seed: int
) -> None:
    cards = await world.add_tasks(CARDS)
    snapshot = await read_board(database, world.project.id)
    draggers = [Dragger(world, cards, seed * 100 + n) for n in range(ACTORS)]

    async def drag_on(dragger: Dragger) -> None:
        for _ in range(MOVES):
            await dragger.drag()

    await asyncio.gather(*(drag_on(dragger) for dragger in draggers))
    refused = [type(refusal) for dragger in draggers for refusal in dragger.refusals]
    assert {InvalidMove, StaleVersion} == set(refused)
    events = await world.events(after=snapshot.seq)
    assert {event.kind for event in events} == {ProjectEventKind.TASK_MOVED}
    refetched = await read_board(database, world.project.id)
    assert applied(snapshot, events) == refetched
    places = [(told["columnId"], told["position"]) for told in refetched.objects["TASK"].values()]
    assert len(places) == len(set(places)) == CARDS
    column_ids = {str(column.id) for column in world.columns[:3]}
    assert {str(column_id) for column_id, _ in places} <= column_ids


async def test_many_who_drag_to_one_place_make_room_together(
    world: World, database: Database
) -> None:
    top, *cards = await world.add_tasks(7)
    snapshot = await read_board(database, world.project.id)

    async def drag_below_the_top(card: Task) -> None:
        for _ in range(RANK_CHARACTERS_MAX * 6 // 5):
            await world.run(
                move_task,
                MoveTask(task_id=card.id, column_id=world.to_do.id, after_task_id=top.id),
            )

    await asyncio.gather(*(drag_below_the_top(card) for card in cards))
    events = await world.events(after=snapshot.seq)
    assert ProjectEventKind.COLUMN_REBALANCED in {event.kind for event in events}
    refetched = await read_board(database, world.project.id)
    assert applied(snapshot, events) == refetched
    ranks = [str(told["position"]) for told in refetched.objects["TASK"].values()]
    assert len(set(ranks)) == len(ranks) == 7
    assert max(map(len, ranks)) <= RANK_CHARACTERS_MAX
    assert (await world.titles_in(world.to_do))[0] == top.title
