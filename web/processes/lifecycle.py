import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator

import uvloop

from infra.settings import Settings, require_services
from infra.telemetry.log_lines import set_up_logging

_LOG = logging.getLogger(__name__)
# What the work in flight gets to end before the process does, behind the time to drain.
_AFTER_DRAIN_SECONDS = 8.0
_FAILED = 1


def run_process(
    main: Callable[[Settings], Coroutine[None, None, None]], settings: Settings, *, role: str
) -> None:
    """Run one of Taskwire's processes until it ends or a signal stops it.

    SettingsError when the settings name no service to work with.
    """
    require_services(settings)
    set_up_logging(settings, role)
    uvloop.run(run_until_signalled(main(settings), grace_seconds=grace_seconds(settings)))


def grace_seconds(settings: Settings) -> float:
    """What a process gets between the signal and its end; whoever starts it has to wait longer."""
    return settings.drain_notice_seconds + settings.drain_seconds + _AFTER_DRAIN_SECONDS


async def run_until_signalled(
    work: Coroutine[None, None, None],
    *,
    grace_seconds: float,
    on_signal: Callable[[], None] = lambda: None,
) -> None:
    """Run work until it ends or SIGTERM, SIGINT or SIGHUP cancels it; what it raises is raised.

    Work that does not end within the grace after its cancellation ends the process with status 1.
    """
    signalled = asyncio.Event()
    task = asyncio.create_task(work)
    with _handled_signals(signalled.set):
        stop = asyncio.create_task(signalled.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        has_ended = task.done()
        stop.cancel()
        if signalled.is_set():
            on_signal()
        task.cancel()
        await asyncio.wait({task}, timeout=grace_seconds)
    if not task.done():
        _LOG.error("not stopped within %.0f s, giving up", grace_seconds)
        logging.shutdown()
        os._exit(_FAILED)
    if has_ended and task.cancelled():
        raise RuntimeError("the work was cancelled, and nobody asked for it")
    if not task.cancelled():
        task.result()


@contextlib.contextmanager
def _handled_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call stop on SIGINT, SIGTERM and SIGHUP instead of what they would do."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    # nohup ignores it so that the process outlives its terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
