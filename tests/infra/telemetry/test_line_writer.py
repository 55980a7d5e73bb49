import io
import logging
import threading
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from infra.telemetry.line_writer import LineWriter

# Far beyond what any of this takes.
SECONDS = 30.0


class Stream(io.StringIO):
    """A stream whose reader may be away, and which tells what it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.reader_is_there = threading.Event()
        self.reader_is_there.set()
        self.has_begun = threading.Event()
        self.is_broken = False
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.has_begun.set()
        assert self.reader_is_there.wait(SECONDS)
        if self.is_broken:
            raise BrokenPipeError
        self.writes.append(text)
        return len(text)


def _composed(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _lost() -> float:
    return REGISTRY.get_sample_value("taskwire_log_lines_lost_total") or 0.0


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_lines_that_come_together_are_written_together_and_in_order(stream: Stream) -> None:
    writer = LineWriter(stream, _composed, delay_seconds=SECONDS)
    for number in range(50):
        writer.put(str(number), characters=2)
    assert writer.flush(SECONDS)
    assert stream.writes == [_composed([str(number) for number in range(50)])]
    assert writer.close(SECONDS)


def test_an_urgent_line_takes_those_before_it_along_at_once(stream: Stream) -> None:
    writer = LineWriter(stream, _composed, delay_seconds=SECONDS)
    writer.put("calm", characters=4)
    writer.put("urgent", characters=6, is_urgent=True)
    assert stream.has_begun.wait(SECONDS / 2)
    assert writer.close(SECONDS)
    assert stream.writes == ["calm\nurgent\n"]


def test_nobody_waits_for_a_stream_that_takes_nothing(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    before = _lost()
    stream.reader_is_there.clear()
    writer = LineWriter(stream, _composed, delay_seconds=0.01, characters_max=30)
    writer.put("first", characters=5, is_urgent=True)
    assert stream.has_begun.wait(SECONDS)
    for number in range(10):
        writer.put(f"line {number}", characters=10)
    assert not writer.flush(0.01)
    assert _lost() == before + 7
    with caplog.at_level(logging.WARNING):
        stream.reader_is_there.set()
        assert writer.close(SECONDS)
    assert stream.writes == ["first\n", "line 0\nline 1\nline 2\n"]
    assert "7 lines of the log were lost" in caplog.text


def test_a_stream_that_fails_costs_the_lines_it_was_given_and_no_others(stream: Stream) -> None:
    before = _lost()
    writer = LineWriter(stream, _composed, delay_seconds=0.01)
    stream.is_broken = True
    writer.put("lost", characters=4)
    assert writer.flush(SECONDS)
    stream.is_broken = False
    writer.put("written", characters=7)
    assert writer.close(SECONDS)
    assert stream.writes == ["written\n"]
    assert _lost() == before + 1


def test_the_end_writes_what_is_left_and_takes_no_more(stream: Stream) -> None:
    before = _lost()
    writer = LineWriter(stream, _composed, delay_seconds=SECONDS)
    writer.put("last", characters=4)
    assert writer.close(SECONDS)
    writer.put("too late", characters=8)
    assert stream.writes == ["last\n"]
    assert _lost() == before + 1
