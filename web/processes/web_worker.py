"""One of several web workers: `python -m web.processes.web_worker DESCRIPTOR`."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from functools import partial

from infra.settings import Settings, load_settings
from web.processes import garbage_collection
from web.processes.lifecycle import run_process

_Serve = Callable[[Settings, socket.socket], Coroutine[None, None, None]]


async def _serve_while_parent_lives(
    settings: Settings, *, serve: _Serve, listener: socket.socket
) -> None:
    orphaned = asyncio.create_task(_parent_ended())
    serving = asyncio.create_task(serve(settings, listener))
    try:
        await asyncio.wait({orphaned, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        orphaned.cancel()
        serving.cancel()
        await asyncio.wait({serving})
    if not serving.cancelled():
        serving.result()


async def _parent_ended() -> None:
    """Return when the pipe from the parent is closed, which it never writes to."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def _main(descriptor: int) -> None:
    with garbage_collection.held_off():
        from web.processes.web import serve  # noqa: PLC0415 - most of the start is this import

    with socket.socket(fileno=os.dup(descriptor)) as listener:
        main: Callable[[Settings], Coroutine[None, None, None]] = partial(
            _serve_while_parent_lives, serve=serve, listener=listener
        )
        run_process(main, load_settings(), role="web")


if __name__ == "__main__":
    _main(int(sys.argv[1]))
