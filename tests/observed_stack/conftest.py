"""The whole stack with everything it can tell switched on, and a collector that it tells."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.observed_stack.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.whole_stack import ApiClient, WholeStack, whole_stack


@pytest.fixture(scope="session")
def collector() -> Iterator[OtlpReceiver]:
    """What the stack sends its traces to."""
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
async def observed_stack(collector: OtlpReceiver) -> AsyncIterator[WholeStack]:
    """`taskwire up` with every trace recorded and the log in JSON."""
    with tempfile.TemporaryDirectory(prefix="taskwire-observed-") as name:
        async with whole_stack(
            Path(name) / "data",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            TASKWIRE_TRACE_SAMPLE_RATIO="1",
            TASKWIRE_LOG_FORMAT="json",
        ) as running:
            yield running


@pytest.fixture
async def owner(observed_stack: WholeStack) -> AsyncIterator[ApiClient]:
    """The demo workspace's owner, as a program."""
    async with ApiClient.signed_in(observed_stack.url, "owner@demo.test") as client:
        yield client
