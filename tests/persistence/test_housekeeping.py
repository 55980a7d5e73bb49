from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Table, func, insert, select

from domain.access import Role
from persistence.database import Database
from persistence.event_log import EventLog
from persistence.housekeeping import Housekeeping
from persistence.tables import idempotency_keys, invitations, refresh_tokens, sessions
from tests.builders import new_id
from tests.builders.events import WrittenProject, a_written_project
from tests.builders.relays import forget_outbox

pytestmark = pytest.mark.stack

_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)


@pytest.fixture
async def project(database: Database) -> WrittenProject:
    return await a_written_project(database)


@pytest.fixture
def house(database: Database) -> Housekeeping:
    return Housekeeping(database, batch_size=4)


async def _write_long_ago(project: WrittenProject, count: int) -> None:
    await project.write(count, occurred_at=datetime.now(UTC) - _YEAR - _DAY)


async def _retained(database: Database, project: WrittenProject) -> list[int]:
    return [event.seq for event in await EventLog(database).read(project.id, after=0, limit=1000)]


async def _count(database: Database, table: Table) -> int:
    [(count,)] = await database.fetch(select(func.count()).select_from(table))
    return int(count)


async def test_events_go_from_the_front_in_batches_when_they_are_old(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    await _write_long_ago(project, 6)
    await project.write(3)
    await forget_outbox(database)
    assert await house.delete_events(_YEAR) == 4
    assert await _retained(database, project) == [5, 6, 7, 8, 9]
    assert await house.delete_events(_YEAR) == 2
    assert await house.delete_events(_YEAR) == 0
    assert await _retained(database, project) == [7, 8, 9]


async def test_the_newest_event_of_a_project_stays_however_old_it_is(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    await _write_long_ago(project, 3)
    await forget_outbox(database)
    assert await house.delete_events(_YEAR) == 2
    assert await house.delete_events(_YEAR) == 0
    assert await _retained(database, project) == [3]


async def test_an_event_that_is_not_on_kafka_yet_stays_with_all_behind_it(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    await _write_long_ago(project, 2)
    await forget_outbox(database)
    await _write_long_ago(project, 2)
    await house.delete_events(_YEAR)
    assert await _retained(database, project) == [3, 4]


async def test_an_old_event_behind_a_young_one_stays_so_that_there_is_no_hole(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    await _write_long_ago(project, 1)
    await project.write(1)
    await _write_long_ago(project, 1)
    await project.write(1)
    await forget_outbox(database)
    assert await house.delete_events(_YEAR) == 1
    assert await _retained(database, project) == [2, 3, 4]


async def test_idle_projects_do_not_keep_others_from_being_cleaned(
    database: Database, house: Housekeeping
) -> None:
    for _ in range(6):
        await _write_long_ago(await a_written_project(database), 1)
    busy = await a_written_project(database)
    await _write_long_ago(busy, 2)
    await forget_outbox(database)
    assert await house.delete_events(_YEAR) == 1
    assert await _retained(database, busy) == [2]


async def test_sessions_go_with_their_tokens_when_they_expired_or_were_revoked_long_ago(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    now = datetime.now(UTC)
    terms = {
        "expired": (now - _DAY, None),
        "revoked long ago": (now + _DAY, now - 30 * _DAY),
        "revoked just now": (now + _DAY, now),
        "good": (now + _DAY, None),
    }
    async with database.transaction() as connection:
        for token, (expires_at, revoked_at) in terms.items():
            session_id = new_id()
            await connection.execute(
                insert(sessions).values(
                    id=session_id,
                    user_id=project.owner.id,
                    created_at=now - 60 * _DAY,
                    expires_at=expires_at,
                    revoked_at=revoked_at,
                )
            )
            await connection.execute(
                insert(refresh_tokens).values(
                    token_hash=token, session_id=session_id, created_at=now
                )
            )
    assert await house.delete_sessions() == 2
    rows = await database.fetch(select(refresh_tokens.c.token_hash))
    assert {row.token_hash for row in rows} == {"revoked just now", "good"}


async def test_idempotency_keys_go_in_batches_after_their_retention(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    ages = [timedelta(hours=hours) for hours in (1, 23, 25, 26, 27, 28, 29)]
    async with database.transaction() as connection:
        await connection.execute(
            insert(idempotency_keys),
            [
                {
                    "user_id": project.owner.id,
                    "key": str(age),
                    "fingerprint": "f",
                    "created_at": datetime.now(UTC) - age,
                }
                for age in ages
            ],
        )
    assert await house.delete_idempotency_keys(_DAY) == 4
    assert await house.delete_idempotency_keys(_DAY) == 1
    assert await _count(database, idempotency_keys) == 2


async def test_invitations_stay_for_a_month_after_their_end(
    database: Database, project: WrittenProject, house: Housekeeping
) -> None:
    now = datetime.now(UTC)
    rows = [
        {
            "id": new_id(),
            "workspace_id": project.project.workspace_id,
            "email": f"{days}@example.test",
            "role": Role.MEMBER,
            "inviter_id": None,
            "token_hash": "x",
            "expires_at": now - timedelta(days=days),
            "accepted_at": None,
            "created_at": now,
            "updated_at": now,
        }
        for days in (-1, 29, 31, 400)
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(invitations), rows)
    assert await house.delete_invitations() == 2
    kept = await database.fetch(select(invitations.c.email).order_by(invitations.c.email))
    assert [row.email for row in kept] == ["-1@example.test", "29@example.test"]
