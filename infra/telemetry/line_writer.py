"""Lines on their way to a stream that may be slow."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TextIO, TypeVar

from infra.metrics import LOG_LINES_LOST

_LOG = logging.getLogger(__name__)

T = TypeVar("T")

# A log that is this late is soon enough, and makes ten writes a second at most.
_DELAY_SECONDS: Final = 0.1
# What a log may be behind before lines are given up: more than the end of every subscription.
_CHARACTERS_MAX: Final = 16 * 1024 * 1024


class LineWriter(Generic[T]):
    """Composes and writes lines in a thread of its own, many at a time.

    So nobody who has a line waits for the stream, and a line costs a fraction of what it costs
    alone. While the stream takes nothing, what is over the bound is given up, counted, and told
    of when it can be.
    """

    def __init__(
        self,
        stream: TextIO,
        compose: Callable[[Sequence[T]], str],
        *,
        delay_seconds: float = _DELAY_SECONDS,
        characters_max: int = _CHARACTERS_MAX,
    ) -> None:
        self._stream = stream
        self._compose = compose
        self._delay_seconds = delay_seconds
        self._characters_max = characters_max
        self._changed = threading.Condition()
        self._pending: list[T] = []
        self._characters = 0
        # Not told of yet.
        self._lost = 0
        self._is_urgent = False
        self._is_writing = False
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def put(self, line: T, *, characters: int, is_urgent: bool = False) -> None:
        """Have the line written soon, or at once if it is urgent. Never waits for the stream."""
        with self._changed:
            if self._characters + characters > self._characters_max or self._is_closed:
                self._lost += 1
                LOG_LINES_LOST.inc()
                return
            is_first = not self._pending
            self._pending.append(line)
            self._characters += characters
            self._is_urgent |= is_urgent
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()
            elif is_first or is_urgent:
                self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is left to write → whether that was within the seconds."""
        with self._changed:
            self._is_urgent = bool(self._pending)
            self._changed.notify_all()
            return self._changed.wait_for(self._has_written, seconds)

    def close(self, seconds: float) -> bool:
        """Write what is left and end → whether that was within the seconds."""
        with self._changed:
            self._is_closed = True
        return self.flush(seconds)

    def _has_written(self) -> bool:
        return not self._pending and not self._is_writing

    def _run(self) -> None:
        while taken := self._taken():
            is_written = self._write(taken)
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                lost = 0
                if is_written:
                    lost, self._lost = self._lost, 0
                else:
                    self._lost += len(taken)
            if lost:
                _LOG.warning("%d lines of the log were lost: its reader was away or slow", lost)

    def _taken(self) -> Sequence[T]:
        """What has to be written now; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._pending) or self._is_closed)
            # A few more may come.
            self._changed.wait_for(lambda: self._is_urgent or self._is_closed, self._delay_seconds)
            taken, self._pending = self._pending, []
            self._characters = 0
            self._is_urgent = False
            self._is_writing = bool(taken)
            return taken

    def _write(self, lines: Sequence[T]) -> bool:
        """Whether the stream took the lines."""
        try:
            self._stream.write(self._compose(lines))
            self._stream.flush()
        # The reader has gone, the disk is full, a line can't be composed: the next may be well.
        except Exception:  # noqa: BLE001 - there is no place left to tell; so it is counted
            LOG_LINES_LOST.inc(len(lines))
            # Or a stream that fails at once would be tried without a pause.
            time.sleep(self._delay_seconds)
            return False
        return True
