"""OpenTelemetry's SDK, set up to send spans as OTLP over HTTP. Imported where traces are wanted."""

import os
import socket
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased

from infra.settings import Settings
from infra.telemetry.build import VERSION

_TRACES_PATH: Final = "/v1/traces"
# Soon enough for people; a request to the collector costs as much as a hundred spans.
_BATCH_MS: Final = 3_000
# Beyond, spans are dropped: a collector that is away must not fill the memory.
_QUEUED_SPANS_MAX: Final = 4_096
_BATCH_SPANS_MAX: Final = 512
_EXPORT_SECONDS: Final = 5


def otlp_provider(settings: Settings, service: str, endpoint: str) -> TracerProvider:
    """What makes the service's spans and sends them to the endpoint, from a thread of its own.

    Every trace that begins here is recorded: who begins it has decided. Others' decisions, which
    travel with their traces, are heeded.
    """
    provider = TracerProvider(
        sampler=ParentBased(ALWAYS_ON),
        resource=Resource.create(
            {
                "service.name": service,
                "service.namespace": "taskwire",
                "service.version": VERSION,
                "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
                "deployment.environment.name": settings.environment.value,
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(
        endpoint=endpoint.rstrip("/") + _TRACES_PATH, timeout=_EXPORT_SECONDS
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter,
            max_queue_size=_QUEUED_SPANS_MAX,
            schedule_delay_millis=_BATCH_MS,
            max_export_batch_size=_BATCH_SPANS_MAX,
        )
    )
    return provider
