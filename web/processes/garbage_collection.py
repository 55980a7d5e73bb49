"""Garbage collection for a process that serves: rare, and of what requests made alone."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# A board of 100 tasks makes some thousand objects, which reference counting frees. Looking
# through those of the boards in progress every 700, as Python does, costs a tenth of the CPU.
_ALLOCATIONS_BETWEEN: Final = 50_000


@contextmanager
def held_off() -> Iterator[None]:
    """Collect nothing inside the block, and later nothing that exists at its end.

    To import in: what modules make stays, and looking through all of it as it grows would be
    a sixth of the start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def settle() -> None:
    """Leave everything that exists now out of later collections, which become rare.

    To be called once a process has started: what it holds then, it holds to its end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN)
