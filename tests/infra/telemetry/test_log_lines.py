import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanContext
from prometheus_client import REGISTRY

from infra.settings import LogFormat
from infra.telemetry.access_record import Access, AccessRecord, LiveFacts
from infra.telemetry.log_lines import JsonLines, LogHandler, TextLines, secrets_of
from infra.telemetry.redaction import Redaction
from infra.telemetry.request_scope import CURRENT_REQUEST, RequestScope
from tests.web.harness import ADA, SECRET_KEY, a_settings

CONSTANTS = {"service.name": "taskwire-web"}


class Log:
    """A logger of this test alone, and what it has written."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        # Of no tree, so that nobody else gets its records.
        self.logger = logging.Logger("taskwire.test", logging.INFO)  # noqa: LOG001
        self.handler = LogHandler(self.stream, formatter)
        self.logger.addHandler(self.handler)

    @property
    def text(self) -> str:
        self.handler.flush()
        return self.stream.getvalue()

    @property
    def line(self) -> dict[str, Any]:
        [text] = self.text.splitlines()
        parsed: dict[str, Any] = json.loads(text)
        return parsed


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log(JsonLines(Redaction([SECRET_KEY]), CONSTANTS, has_traces=True))
    yield log
    log.handler.close()


@pytest.fixture
def request_scope() -> Iterator[None]:
    token = CURRENT_REQUEST.set(RequestScope("the-request", "http"))
    yield
    CURRENT_REQUEST.reset(token)


def test_a_line_says_when_who_and_what(log: Log) -> None:
    log.logger.info("listening on %s port %d", "127.0.0.1", 8000)
    line = log.line
    assert line.pop("@timestamp").endswith("Z")
    assert line == {
        "log.level": "info",
        "log.logger": "taskwire.test",
        "message": "listening on 127.0.0.1 port 8000",
        "service.name": "taskwire-web",
    }


def test_a_line_names_its_request_and_trace(log: Log, request_scope: None) -> None:  # noqa: ARG001
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        log.logger.info("at work")
    context = span.get_span_context()
    assert log.line["http.request.id"] == "the-request"
    assert log.line["trace.id"] == f"{context.trace_id:032x}"
    assert log.line["span.id"] == f"{context.span_id:016x}"


def test_an_exception_is_told_in_fields_without_secrets(log: Log) -> None:
    def fail() -> None:
        raise ValueError(f"no such key: {SECRET_KEY}")

    try:
        fail()
    except ValueError:
        log.logger.exception("failed with tw_abcdefgh")
    line = log.line
    assert line["message"] == "failed with [redacted]"
    assert line["error.type"] == "ValueError"
    assert line["error.message"] == "no such key: [redacted]"
    assert line["error.stack_trace"].startswith("Traceback")
    assert "test_log_lines.py" in line["error.stack_trace"]
    assert SECRET_KEY not in log.text


def test_an_operation_is_told_with_its_request_and_trace_whoever_writes_it(log: Log) -> None:
    access = Access(
        name="Board",
        kind="query",
        cost=120,
        user_id=ADA,
        request=RequestScope("the-request", "http"),
        span=SpanContext(0xABC, 0xDEF, is_remote=False),
        duration_ns=1_500_000,
        outcome="ok",
    )
    log.logger.handle(AccessRecord(access))
    line = log.line
    assert line.pop("@timestamp").endswith("Z")
    assert line == {
        "log.level": "info",
        "log.logger": "taskwire.access",
        "message": "query Board ok 1.5 ms",
        "service.name": "taskwire-web",
        "event.dataset": "taskwire.access",
        "event.duration": 1_500_000,
        "taskwire.operation": "Board",
        "taskwire.operation_type": "query",
        "taskwire.outcome": "ok",
        "taskwire.cost": 120,
        "taskwire.transport": "http",
        "http.request.id": "the-request",
        "trace.id": f"{0xABC:032x}",
        "span.id": f"{0xDEF:016x}",
        "user.id": str(ADA),
    }


def test_a_live_subscription_tells_what_it_had_and_why_it_ended(log: Log) -> None:
    access = Access(
        name="Events",
        kind="subscription",
        cost=None,
        user_id=None,
        request=None,
        span=None,
        outcome="client_error",
        code="FORBIDDEN",
        live=LiveFacts(deliveries=7, resyncs=1, ending="ended"),
    )
    log.logger.handle(AccessRecord(access))
    line = log.line
    assert line["message"] == "subscription Events client_error FORBIDDEN 0.0 ms"
    assert line["taskwire.code"] == "FORBIDDEN"
    assert (line["taskwire.deliveries"], line["taskwire.resyncs"]) == (7, 1)
    assert line["taskwire.ending"] == "ended"
    assert line.keys().isdisjoint({"taskwire.cost", "user.id", "trace.id", "http.request.id"})


def test_what_a_line_quotes_may_be_long_and_no_text_at_all(log: Log) -> None:
    log.logger.info("%s \ud800 %s", "first\nsecond", "x" * 100_000)
    assert log.line["message"].startswith("first\nsecond \\ud800 xxx")
    assert len(log.line["message"]) < 9_000


def test_text_is_redacted_too() -> None:
    log = Log(TextLines(Redaction()))
    log.logger.warning("refused tw_abcdefgh")
    assert log.text.endswith("WARNING taskwire.test refused [redacted]\n")
    log.handler.close()


@pytest.mark.parametrize(
    "lines",
    [TextLines(Redaction()), JsonLines(Redaction(), {}, has_traces=False)],
    ids=["text", "json"],
)
def test_an_operation_whose_name_looks_like_a_token_is_redacted(lines: logging.Formatter) -> None:
    access = Access(
        name="tw_abcdef", kind="query", cost=1, user_id=None, request=None, span=None, outcome="ok"
    )
    line = lines.format(AccessRecord(access))
    assert "tw_abcdef" not in line
    assert "[redacted]" in line


def test_lines_that_warn_are_counted_by_level(log: Log) -> None:
    def warnings() -> float:
        return REGISTRY.get_sample_value("taskwire_log_lines_total", {"level": "warning"}) or 0.0

    before = warnings()
    log.logger.info("fine")
    log.logger.warning("not fine")
    assert warnings() == before + 1


def test_json_is_for_programs_outside_dev_and_whoever_asks_for_it() -> None:
    assert a_settings().effective_log_format is LogFormat.TEXT
    assert a_settings(log_format="JSON").effective_log_format is LogFormat.JSON
    safe = {
        "database_url": "postgresql://taskwire:pass-word@localhost/taskwire",
        "replica_database_url": "postgresql://reader:an-other-word@localhost/taskwire",
        "redis_url": "rediss://cache",
        "kafka_bootstrap": "kafka:9092",
        "kafka_security_protocol": "SASL_SSL",
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_username": "taskwire",
        "kafka_password": "of-the-broker",
        "secret_key": SECRET_KEY,
        "allowed_origins": "https://tasks.example.com",
    }
    production = a_settings(environment="prod", **safe)
    assert production.effective_log_format is LogFormat.JSON
    assert {
        "pass-word",
        "an-other-word",
        "of-the-broker",
        SECRET_KEY,
        safe["database_url"],
    } <= set(secrets_of(production))
