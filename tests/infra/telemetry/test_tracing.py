from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import SpanKind, StatusCode

from domain.ports import TraceContext
from infra.clock import OpenTelemetryTraceContext, Untraced
from infra.telemetry.tracing import Tracing, is_left_out, is_recording, is_sampled, open_tracing
from tests.web.harness import a_settings

TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def _tracing(exporter: InMemorySpanExporter, ratio: float) -> Iterator[Tracing]:
    provider = TracerProvider(sampler=ParentBased(ALWAYS_ON), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield Tracing(provider, sample_ratio=ratio)
    provider.shutdown()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    yield from _tracing(exporter, 1.0)


@pytest.fixture
def unsampled(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    yield from _tracing(exporter, 0.0)


def _spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_request_goes_on_with_its_callers_trace(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with tracing.request("POST /graphql", SAMPLED, {}), tracing.inside("load"):
        trace_parent = OpenTelemetryTraceContext().current_trace_parent()
    spans = _spans(exporter)
    assert f"{spans['POST /graphql'].context.trace_id:032x}" == TRACE
    assert spans["load"].parent == spans["POST /graphql"].context
    assert trace_parent == f"00-{TRACE}-{spans['load'].context.span_id:016x}-01"


@pytest.mark.parametrize("trace_parent", [None, "", "00-nonsense-01"])
def test_a_request_without_a_trace_begins_one(
    tracing: Tracing, exporter: InMemorySpanExporter, trace_parent: str | None
) -> None:
    with tracing.request("GET /graphql", trace_parent, {}):
        pass
    assert _spans(exporter)["GET /graphql"].parent is None


def test_a_caller_that_does_not_record_is_heeded(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with (
        tracing.request("POST /graphql", UNSAMPLED, {}),
        tracing.operation("graphql", {}) as operation,
        tracing.inside("load"),
    ):
        assert operation is None
        assert OpenTelemetryTraceContext().current_trace_parent() is not None
    assert exporter.get_finished_spans() == ()


def test_an_operation_of_a_websocket_begins_a_trace_if_it_is_sampled(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with tracing.operation("graphql", {}) as operation:
        assert operation is not None
    assert _spans(exporter)["graphql"].parent is None


def test_nothing_is_recorded_of_a_trace_that_the_ratio_leaves_out(
    unsampled: Tracing, exporter: InMemorySpanExporter
) -> None:
    with unsampled.operation("graphql", {}) as operation, unsampled.inside("load"):
        assert operation is None
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize("trace_parent", [None, UNSAMPLED])
def test_what_is_inside_of_a_trace_that_is_left_out_is_not_asked_again(
    unsampled: Tracing, exporter: InMemorySpanExporter, trace_parent: str | None
) -> None:
    assert not is_left_out()
    with unsampled.request("POST /graphql", trace_parent, {}):
        assert is_left_out()
        assert not is_recording()
        unsampled._sample_ratio = 1.0
        with unsampled.operation("graphql", {}) as operation:
            assert operation is None
    assert not is_left_out()
    assert exporter.get_finished_spans() == ()


def test_work_for_an_unrecorded_change_is_no_part_of_the_trace_around_it(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with tracing.request("POST /graphql", None, {}):
        assert is_recording()
        with tracing.following("deliver", UNSAMPLED, {}, SpanKind.CONSUMER), tracing.inside("load"):
            assert not is_recording()
    assert set(_spans(exporter)) == {"POST /graphql"}


def test_where_one_is_can_be_told_of_recorded_traces_and_others(tracing: Tracing) -> None:
    assert tracing.find_span_context() is None
    with tracing.request("POST /graphql", UNSAMPLED, {}):
        context = tracing.find_span_context()
    assert context is not None
    assert f"{context.trace_id:032x}" == TRACE


def test_what_an_error_says_stays_out_of_its_span(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with pytest.raises(ValueError, match="title"), tracing.request("POST /graphql", None, {}):
        raise ValueError("a title somebody wrote")
    span = _spans(exporter)["POST /graphql"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ValueError"
    assert span.events == ()


def test_another_process_goes_on_with_an_events_trace(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    inner = tracing.record("outbox", SAMPLED, {}, kind=SpanKind.INTERNAL, started_ns=1, ended_ns=5)
    tracing.record("send", inner, {}, kind=SpanKind.PRODUCER, started_ns=5, ended_ns=9)
    with tracing.following("deliver", SAMPLED, {}, SpanKind.CONSUMER):
        pass
    spans = _spans(exporter)
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {TRACE}
    assert (spans["outbox"].start_time, spans["outbox"].end_time) == (1, 5)
    assert spans["send"].parent is not None
    assert spans["send"].parent.span_id == spans["outbox"].context.span_id


@pytest.mark.parametrize("trace_parent", [None, UNSAMPLED])
def test_an_event_without_a_recorded_trace_makes_no_span(
    tracing: Tracing, exporter: InMemorySpanExporter, trace_parent: str | None
) -> None:
    times = {"started_ns": 1, "ended_ns": 2}
    assert tracing.record("outbox", trace_parent, {}, kind=SpanKind.INTERNAL, **times) is None
    with tracing.following("deliver", trace_parent, {}, SpanKind.CONSUMER):
        pass
    assert exporter.get_finished_spans() == ()


def test_the_lowest_flag_says_whether_a_trace_is_recorded() -> None:
    assert is_sampled(SAMPLED)
    assert is_sampled(SAMPLED[:-2] + "03")
    assert not is_sampled(SAMPLED[:-2] + "02")


async def test_without_an_endpoint_there_is_no_tracing() -> None:
    async with open_tracing(a_settings(), "web") as tracing:
        assert tracing is None


def test_an_untraced_process_gives_events_no_trace() -> None:
    trace: TraceContext = Untraced()
    assert trace.current_trace_parent() is None
