import asyncio
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from infra.embedded.errors import StackError
from infra.embedded.ports import is_free
from infra.embedded.postgres import Postgres, programs
from infra.embedded.service import Service, ask_port
from infra.embedded.valkey import Valkey
from tests.services import a_broker, a_postgres, a_valkey

pytestmark = pytest.mark.stack


async def _fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_fresh_database_is_empty_and_speaks_postgresql_18(fresh_database: str) -> None:
    assert await _fetch(fresh_database, "SELECT count(*) FROM pg_stat_user_tables") == 0
    assert str(await _fetch(fresh_database, "SHOW server_version")).startswith("18.")


async def test_the_database_sorts_by_code_point_on_every_machine(fresh_database: str) -> None:
    query = "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['a', 'B', 'ä', 'Z']) x"
    assert await _fetch(fresh_database, query) == "BZaä"


async def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    url = f"postgresql://taskwire:wrong@127.0.0.1:{postgres.port}/taskwire"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


async def test_postgres_never_runs_as_root(postgres: Postgres) -> None:
    assert pwd.getpwuid(Path(f"/proc/{postgres.pid}").stat().st_uid).pw_name != "root"


async def test_postgres_runs_from_a_directory_that_is_closed_to_others(
    services_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    package = programs().parents[1]
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), closed / name, symlinks=True)
    closed.chmod(0o700)
    moved = closed / programs().relative_to(package.parent)
    monkeypatch.setattr("infra.embedded.postgres.programs", lambda: moved)
    async with a_postgres(services_dir) as server:
        assert await _fetch(server.url, "SELECT 42") == 42


async def test_postgres_keeps_its_data_and_address_through_a_crash(services_dir: Path) -> None:
    async with a_postgres(services_dir) as server:
        url = server.url
        await _fetch(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        await server.kill()
        await server.start()
        assert server.url == url
        assert await _fetch(url, "SELECT answer FROM kept") == 42
    assert not server.is_running


async def test_postgres_of_another_version_is_refused_in_one_line(services_dir: Path) -> None:
    server = a_postgres(services_dir)
    data_dir = services_dir / f"postgres-{server.port}"
    data_dir.mkdir()
    (data_dir / "PG_VERSION").write_text("15\n")
    with pytest.raises(StackError, match=r"written by PostgreSQL 15, this is 18") as refusal:
        await server.start()
    assert "\n" not in str(refusal.value)


async def test_postgres_leaves_a_directory_that_is_not_its_own_alone(services_dir: Path) -> None:
    server = a_postgres(services_dir)
    foreign = services_dir / f"postgres-{server.port}" / "thesis.txt"
    foreign.parent.mkdir()
    foreign.write_text("years of work")
    with pytest.raises(StackError, match="holds no PostgreSQL database"):
        await server.start()
    assert foreign.read_text() == "years of work"


async def test_valkey_wants_its_password_and_serves_after_a_crash(services_dir: Path) -> None:
    async with a_valkey(services_dir) as server:
        await server.kill()
        assert is_free(server.port)
        await server.start()
        async with Redis.from_url(server.url) as client:
            assert await client.ping()
        assert await ask_port(server.port, b"PING\r\n", answer_bytes=7) == b"-NOAUTH"


async def test_a_broker_stops_answering_while_frozen_and_then_goes_on(services_dir: Path) -> None:
    async with a_broker(services_dir) as server:
        server.pause()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await server._answers()
        server.resume()
        assert await server._answers()


@pytest.mark.parametrize("build", [a_postgres, a_valkey, a_broker])
async def test_a_stopped_service_leaves_no_process_and_a_free_port(
    services_dir: Path, build: Callable[[Path], Service]
) -> None:
    server = build(services_dir)
    await server.start()
    pid = server.pid
    await server.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert is_free(server.port)


async def test_a_service_whose_port_is_taken_says_so(services_dir: Path, valkey: Valkey) -> None:
    second = Valkey(
        port=valkey.port, data_dir=services_dir / "second", log_path=services_dir / "second.log"
    )
    with pytest.raises(StackError, match=r"Valkey does not start: .*listening on port"):
        await second.start()
    assert valkey.is_running
