import asyncio

import pytest
from prometheus_client import REGISTRY

from infra.metrics import SQL_SECONDS
from infra.telemetry.loads import LoadTelemetry
from infra.telemetry.statements import StatementTelemetry
from infra.telemetry.tally import Tallies
from infra.telemetry.telemetry import Telemetry, open_telemetry
from tests.web.harness import a_settings


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_scrape_has_what_was_counted_a_moment_ago() -> None:
    telemetry = Telemetry(role="web", tracing=None)
    before = _value("taskwire_sql_seconds_count", statement_kind="read")
    telemetry.tallies.observations(SQL_SECONDS, "read").observe(0.003)
    text = (await telemetry.exposed()).decode()
    assert f'taskwire_sql_seconds_count{{statement_kind="read"}} {before + 1}' in text


@pytest.mark.parametrize(
    ("role", "told", "untold"),
    [
        ("web", "taskwire_live_feeds", "taskwire_outbox_events"),
        ("relay", "taskwire_outbox_events", "taskwire_live_feeds"),
        ("bridge", "taskwire_bridge_events_total", "taskwire_sql_pool_wait_seconds_count"),
        ("worker", "taskwire_tasks_open", "taskwire_relay_active"),
    ],
)
async def test_a_process_tells_what_is_its_own(role: str, told: str, untold: str) -> None:
    lines = (await Telemetry(role=role, tracing=None).exposed()).decode().splitlines()
    names = {line.split()[0].split("{")[0] for line in lines}
    assert told in names
    assert untold not in names
    assert "process_cpu_seconds_total" in names


async def test_an_open_telemetry_samples_and_measures_the_loop() -> None:
    sampled = asyncio.Event()
    before = _value("taskwire_event_loop_lag_seconds_count")
    async with open_telemetry(a_settings(commit="abc1234"), "web") as telemetry:
        await asyncio.sleep(0)
        telemetry.sample_with(sampled.set)
        await asyncio.wait_for(sampled.wait(), 30)
    assert _value("taskwire_event_loop_lag_seconds_count") > before
    assert _value("taskwire_build_info", version="0.1.0", commit="abc1234") == 1


async def test_a_statement_is_measured_whatever_comes_of_it() -> None:
    tallies = Tallies()
    telemetry = StatementTelemetry(tallies, None)

    async def answer() -> str:
        return "rows"

    async def failure() -> str:
        raise OSError("away")

    before = _value("taskwire_sql_seconds_count", statement_kind="unit_of_work")
    waits = _value("taskwire_sql_pool_wait_seconds_count")
    assert await telemetry.statement("unit_of_work", "UPDATE tasks", answer()) == "rows"
    with pytest.raises(OSError, match="away"):
        await telemetry.statement("unit_of_work", "UPDATE tasks", failure())
    telemetry.waited(2_000_000)
    tallies.hand_over()
    assert _value("taskwire_sql_seconds_count", statement_kind="unit_of_work") == before + 2
    assert _value("taskwire_sql_pool_wait_seconds_count") == waits + 1


def test_a_batch_is_measured_by_its_loader() -> None:
    class ThingByIdLoader:
        """A loader by its name."""

    tallies = Tallies()
    loads = LoadTelemetry(tallies, None)
    assert not loads.is_tracing()
    loads.loaded((ThingByIdLoader, 3, 2_000_000))
    loads.hand_over()
    tallies.hand_over()
    assert _value("taskwire_loader_batch_size_sum", loader="ThingByIdLoader") == 3
    assert _value("taskwire_loader_seconds_sum", loader="ThingByIdLoader") == 0.002
