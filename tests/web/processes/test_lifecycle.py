import asyncio
import os
import signal
import subprocess
import sys

import pytest

from infra.settings import Settings, SettingsError
from tests.web.harness import a_settings
from web.processes.lifecycle import grace_seconds, run_process, run_until_signalled

STUBBORN = """
import asyncio, os, signal
from web.processes.lifecycle import run_until_signalled

async def work():
    os.kill(os.getpid(), signal.SIGTERM)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

asyncio.run(run_until_signalled(work(), grace_seconds=0.1))
"""


def test_a_process_has_time_to_end_behind_the_time_to_drain() -> None:
    assert grace_seconds(a_settings(drain_notice_seconds=15, drain_seconds=30)) > 45


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_cancels_the_work_and_lets_it_clean_up(number: signal.Signals) -> None:
    # Whoever runs the tests may have left it ignored, as nohup does.
    before = signal.signal(number, signal.default_int_handler)
    happened: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            happened.append("cleaned up")

    try:
        await run_until_signalled(
            work(), grace_seconds=5, on_signal=lambda: happened.append("signalled")
        )
    finally:
        signal.signal(number, before)
    assert happened == ["signalled", "cleaned up"]


async def test_work_that_is_cancelled_from_inside_does_not_end_as_if_it_were_done() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="nobody asked"):
        await run_until_signalled(work(), grace_seconds=5)


async def test_a_process_under_nohup_outlives_its_terminal() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    happened: list[str] = []

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        happened.append("went on")

    try:
        await run_until_signalled(work(), grace_seconds=5)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert happened == ["went on"]


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        await run_until_signalled(work(), grace_seconds=5)


async def test_work_that_fails_while_it_is_cancelled_is_not_silent() -> None:
    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            raise LookupError("could not clean up")

    with pytest.raises(LookupError):
        await run_until_signalled(work(), grace_seconds=5)


def test_work_that_does_not_stop_in_time_ends_with_status_1() -> None:
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", STUBBORN], capture_output=True, text=True, check=False, timeout=30
    )
    assert result.returncode == 1
    assert "not stopped within" in result.stderr


def test_a_process_without_services_does_not_start() -> None:
    async def work(_: Settings) -> None:
        raise AssertionError("started")

    with pytest.raises(SettingsError, match="TASKWIRE_DATABASE_URL is not set"):
        run_process(work, Settings(database_url=""), role="web")
