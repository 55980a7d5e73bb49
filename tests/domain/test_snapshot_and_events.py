from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import ProjectEventKind
from domain.identifiers import ProjectId
from tests.builders import World, a_world
from tests.builders.board_state import BoardState, applied, board_state
from tests.builders.random_commands import RandomCommands
from tests.fakes import MemoryDatabase


def _snapshot(memory: MemoryDatabase, project_id: ProjectId) -> BoardState:
    state = memory.state
    rows = (
        state.columns,
        state.labels,
        state.tasks,
        state.checklist_items,
        state.attachments,
        state.comments,
    )
    project = state.projects[project_id]
    label_ids: dict[UUID, list[UUID]] = {}
    for task_id, label_id in state.task_labels:
        label_ids.setdefault(task_id, []).append(label_id)
    entities = [project, *(entity for kind in rows for entity in kind.values())]
    return board_state(project.event_seq, entities, label_ids)


@settings(max_examples=120)
@given(st.integers(0, 2**32), st.booleans(), st.integers(0, 80), st.integers(40, 120))
async def test_a_snapshot_and_the_later_events_equal_a_refetch(
    seed: int,
    is_crowded: bool,  # noqa: FBT001 - hypothesis draws it
    before: int,
    after: int,
) -> None:
    memory = MemoryDatabase()
    world = await a_world(memory.unit_of_work, memory.read_events)
    commands = RandomCommands(world, seed)
    if is_crowded:
        await commands.crowd()
    for _ in range(before):
        await commands.run_one()
    snapshot = _snapshot(memory, world.project.id)
    for _ in range(after):
        await commands.run_one()
    later = await world.events(after=snapshot.seq)
    assert applied(snapshot, later) == _snapshot(memory, world.project.id)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 60))
async def test_the_whole_log_rebuilds_the_board_from_nothing(seed: int, count: int) -> None:
    memory = MemoryDatabase()
    world = await a_world(memory.unit_of_work, memory.read_events)
    commands = RandomCommands(world, seed)
    for _ in range(count):
        await commands.run_one()
    nothing = board_state(0, (), {})
    whole = await world.events(after=0)
    assert applied(nothing, whole) == _snapshot(memory, world.project.id)


async def test_the_drawn_commands_lead_to_events_of_every_kind(world: World) -> None:
    commands = RandomCommands(world, seed=7)
    await commands.crowd()
    accepted = [await commands.run_one() for _ in range(1500)]
    assert sum(accepted) > len(accepted) // 3
    assert set(await world.kinds(after=0)) == set(ProjectEventKind) - {
        # Memberships are the workspace's: no part of a board's state.
        ProjectEventKind.MEMBER_ADDED,
        ProjectEventKind.MEMBER_UPDATED,
        ProjectEventKind.MEMBER_REMOVED,
        # Only imports make attachments, and no import runs here.
        ProjectEventKind.ATTACHMENT_CREATED,
        ProjectEventKind.ATTACHMENT_DELETED,
    }
