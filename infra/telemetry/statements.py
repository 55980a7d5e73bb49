"""What the database's connections tell: how long statements and waiting took, and their spans."""

from collections.abc import Awaitable
from time import perf_counter_ns
from typing import Final, TypeVar

from opentelemetry.trace import SpanKind

from infra.metrics import SQL_POOL_WAIT_SECONDS, SQL_SECONDS
from infra.telemetry.tally import Tallies
from infra.telemetry.tracing import Tracing, is_recording

T = TypeVar("T")

_NS: Final = 1e-9
_STATEMENT_CHARACTERS_MAX: Final = 2_048


class StatementTelemetry:
    """`persistence.observation.StatementObserver` by metrics and traces."""

    def __init__(self, tallies: Tallies, tracing: Tracing | None) -> None:
        self._tracing = tracing
        self.is_tracing = is_recording
        self._observe_by_kind = {
            kind: tallies.observations(SQL_SECONDS, kind, unit=_NS).observe
            for kind in ("read", "unit_of_work")
        }
        self.read = self._observe_by_kind["read"]
        self.waited = tallies.observations(SQL_POOL_WAIT_SECONDS, unit=_NS).observe

    async def statement(self, kind: str, sql: str, answer: Awaitable[T]) -> T:
        """The answer of the statement, measured, in a span of its own where there is a trace."""
        started_ns = perf_counter_ns()
        try:
            if self._tracing is None or not is_recording():
                return await answer
            with self._tracing.inside(f"SQL {kind}", _attributes(sql), SpanKind.CLIENT):
                return await answer
        finally:
            self._observe_by_kind[kind](perf_counter_ns() - started_ns)


def _attributes(sql: str) -> dict[str, str]:
    """The text has placeholders where values go, so it holds nobody's words."""
    return {"db.system.name": "postgresql", "db.query.text": sql[:_STATEMENT_CHARACTERS_MAX]}
