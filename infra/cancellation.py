"""Telling the cancellation of a task from one that escaped a library."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(ConnectionError):
    """A library gave up what was being waited for."""


@contextmanager
def own_cancellation_only() -> Iterator[None]:
    """Raise Interrupted for a CancelledError that nobody sent to this task.

    aiokafka lets the cancellation of its own futures escape when a connection or a group breaks.
    A task group would take that for the task's end, and go on without it.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Interrupted("what was waited for was given up") from error
