"""Spans of an event's last steps: to the groups of a process, and to their members."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from domain.events import Cursor, Resync, ResyncReason
from domain.identifiers import ProjectId
from infra.telemetry.tracing import Tracing, is_recording
from tests.builders import new_id
from tests.builders.events import an_event
from tests.web.live.operations import Execution, MemoryMemberships, MemorySink
from tests.web.live.sources import MemoryHints, MemoryLog
from web.event_spans import GroupSpans, delivering
from web.live.hub import LiveHub
from web.live.sources import LiveLimits
from web.live.subscriptions import LiveSubscriptions

TRACES = ("0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736")
FIRST, SECOND = (
    replace(an_event(seq=seq), trace_parent=f"00-{trace}-b7ad6b7169203331-01")
    for seq, trace in enumerate(TRACES, start=1)
)
UNSAMPLED = replace(FIRST, trace_parent=f"00-{TRACES[0]}-b7ad6b7169203331-00")


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield Tracing(provider)
    provider.shutdown()


def _trace_id(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}"


def test_events_that_are_executed_together_have_a_span_each(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with GroupSpans(tracing).executing("projectEvents", [UNSAMPLED, FIRST, SECOND]):
        assert is_recording()
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["execute projectEvents"] * 2
    assert {_trace_id(span) for span in spans} == set(TRACES)
    assert {(span.attributes or {})["taskwire.events"] for span in spans} == {3}


def test_what_is_executed_for_no_recorded_change_makes_no_span(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    resync = Resync(
        reason=ResyncReason.SLOW_CONSUMER, cursor=Cursor(project_id=FIRST.project_id, seq=7)
    )
    spans = GroupSpans(tracing)
    with spans.executing("projectEvents", [UNSAMPLED, resync]):
        assert not is_recording()
    with spans.sending("projectEvents", resync, 3), delivering(tracing)(UNSAMPLED):
        assert not is_recording()
    with GroupSpans(None).executing("projectEvents", [FIRST]):
        assert not is_recording()
    assert exporter.get_finished_spans() == ()


async def test_each_group_executes_and_sends_an_event_in_the_trace_of_its_change(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    def sent() -> list[object]:
        return [
            (span.attributes or {})["taskwire.subscriptions"]
            for span in exporter.get_finished_spans()
            if span.name == "send projectEvents"
        ]

    log, hints, memberships = MemoryLog(), MemoryHints(), MemoryMemberships()
    execution = Execution()
    project_id = ProjectId(new_id())
    log.append(project_id, 0)
    hub = LiveHub(log=log, hints=hints, limits=LiveLimits(check_seconds=0.02), tracing=tracing)
    live = LiveSubscriptions(hub=hub, memberships=memberships, tracing=tracing)
    sinks = [MemorySink() for _ in range(3)]
    async with hub, live:
        for sink, key in zip(sinks, ("same", "same", "other"), strict=True):
            operation = execution.operation(project_id, key=key)
            subscriber = await live.subscribe(operation, memberships.a_member())
            subscriber.start(sink)
        [event] = log.append(project_id)
        hints.tell(event)
        for sink in sinks:
            await sink.until(1)
    spans = exporter.get_finished_spans()
    assert event.trace_parent is not None
    assert {_trace_id(span) for span in spans} == {event.trace_parent.split("-")[1]}
    assert sorted(span.name for span in spans) == [
        "deliver",
        *["execute projectEvents"] * 2,
        *["send projectEvents"] * 2,
    ]
    assert sorted(map(str, sent())) == ["1", "2"]
