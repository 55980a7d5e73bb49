"""The log: lines of JSON for programs, or of text for people, without secrets.

docs/observability.md tells the fields of a JSON line.
"""

import logging
import os
import socket
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TextIO, TypeAlias
from urllib.parse import urlsplit

import orjson
from opentelemetry import trace
from opentelemetry.trace import format_span_id, format_trace_id

from infra.metrics import LOG_LINES
from infra.settings import LogFormat, Settings
from infra.telemetry.access_record import AccessRecord, Fields
from infra.telemetry.build import VERSION
from infra.telemetry.line_writer import LineWriter
from infra.telemetry.redaction import Redaction
from infra.telemetry.request_scope import CURRENT_REQUEST

Constants: TypeAlias = Mapping[str, str | int]

# What a line of the access log counts for while it waits.
_ACCESS_CHARACTERS: Final = 640
# What a flush gets, and then the end: together less than a process has left when it gives up.
_WRITING_SECONDS: Final = 2.0
_MESSAGE_CHARACTERS_MAX: Final = 8_192
# Names of operations of which it is known how they look without secrets.
_NAMES_MAX: Final = 1_024
_TRACE_CHARACTERS_MAX: Final = 16_384
_TEXT_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def set_up_logging(settings: Settings, role: str, *, stream: TextIO = sys.stderr) -> None:
    """Write this process's log to the stream, in the settings' shape and from their level on."""
    redact = Redaction(secrets_of(settings))
    formatter: logging.Formatter
    match settings.effective_log_format:
        case LogFormat.JSON:
            formatter = JsonLines(
                redact,
                {
                    "service.name": service_name(role),
                    "service.version": VERSION,
                    "service.environment": settings.environment.value,
                    "process.pid": os.getpid(),
                    "host.name": socket.gethostname(),
                },
                has_traces=settings.otel_endpoint is not None,
            )
        case LogFormat.TEXT:
            formatter = TextLines(redact)
    handler = LogHandler(stream, formatter)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    # What no line shows need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


def service_name(role: str) -> str:
    """The name by which logs, traces and Prometheus's jobs know a role's processes."""
    return f"taskwire-{role}"


def secrets_of(settings: Settings) -> Collection[str]:
    """The values among the settings that must never be written anywhere."""
    given = (settings.database_url, settings.replica_database_url, settings.redis_url)
    urls = [url for url in given if url]
    passwords = [urlsplit(url).password or "" for url in urls]
    keys = [key.get_secret_value() for key in (settings.secret_key, settings.kafka_password)]
    return [*keys, *urls, *passwords]


class LogHandler(logging.Handler):
    """Hands lines to a writer and counts them by level, so that an alert can tell of errors.

    Python's logging flushes and closes it at the end of the process.
    """

    def __init__(self, stream: TextIO, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._format = formatter.format
        self._writer = LineWriter(stream, self._composed)
        self._lines_by_level = {
            level: LOG_LINES.labels(logging.getLevelName(level).lower())
            for level in (logging.WARNING, logging.ERROR, logging.CRITICAL)
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Have the record's line written."""
        if isinstance(record, AccessRecord):
            self._writer.put(record, characters=_ACCESS_CHARACTERS)
            return
        try:
            # Now: what its arguments are may change.
            line = self._format(record)
        except Exception:  # noqa: BLE001 - as logging does with every record that is at fault
            self.handleError(record)
            return
        is_urgent = record.levelno >= logging.WARNING
        self._writer.put(line, characters=len(line), is_urgent=is_urgent)
        lines = self._lines_by_level.get(record.levelno)
        if lines is not None:
            lines.inc()

    def flush(self) -> None:
        """Wait until all lines are written; give up after some seconds."""
        self._writer.flush(_WRITING_SECONDS)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close(_WRITING_SECONDS)
        super().close()

    def _composed(self, lines: Sequence[AccessRecord | str]) -> str:
        texts = [line if isinstance(line, str) else self._format(line) for line in lines]
        return "\n".join(texts) + "\n"


class TextLines(logging.Formatter):
    """Lines for people."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__(_TEXT_FORMAT)
        self._redact = redact
        self._redact_name = lru_cache(_NAMES_MAX)(redact)

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, with the traceback behind it if it has one."""
        if isinstance(record, AccessRecord):
            record.redact(self._redact_name)
            return super().format(record)
        return self._redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, redact: Redaction, constants: Constants, *, has_traces: bool) -> None:
        super().__init__()
        self._redact = redact
        self._redact_name = lru_cache(_NAMES_MAX)(redact)
        self._constants = constants
        self._has_traces = has_traces

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        if isinstance(record, AccessRecord):
            record.redact(self._redact_name)
            message, fields = record.getMessage(), record.fields()
        else:
            message, fields = self._redacted(record.getMessage()), self._origin()
        line: dict[str, object] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC),
            "log.level": record.levelname.lower(),
            "log.logger": record.name,
            "message": message,
            **self._constants,
            **fields,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line.update(self._error(record.exc_info[1]))
        return _encoded(line)

    def _origin(self) -> Fields:
        """The request and the trace that the code which speaks works for."""
        origin: Fields = {}
        request = CURRENT_REQUEST.get()
        if request is not None:
            origin["http.request.id"] = request.request_id
        if self._has_traces:
            span = trace.get_current_span().get_span_context()
            if span.is_valid:
                origin["trace.id"] = format_trace_id(span.trace_id)
                origin["span.id"] = format_span_id(span.span_id)
        return origin

    def _redacted(self, text: str) -> str:
        return self._redact(text)[:_MESSAGE_CHARACTERS_MAX]

    def _error(self, error: BaseException) -> dict[str, str]:
        stack_trace = "".join(traceback.format_exception(error))
        return {
            "error.type": type(error).__qualname__,
            "error.message": self._redacted(str(error)),
            "error.stack_trace": self._redact(stack_trace)[-_TRACE_CHARACTERS_MAX:],
        }


def _encoded(line: dict[str, object]) -> str:
    try:
        return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()
    except TypeError:
        # Lone surrogates, which a message may quote, have no form in UTF-8.
        readable = {
            name: value.encode(errors="backslashreplace").decode()
            if isinstance(value, str)
            else value
            for name, value in line.items()
        }
        return orjson.dumps(readable, option=orjson.OPT_UTC_Z).decode()
