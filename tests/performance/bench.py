"""`make bench`: what the whole path of a change costs, and what a board asks of SQL and CPU."""

import asyncio
import tempfile
from pathlib import Path

from tests.performance.board_statements import report_board_statements
from tests.performance.engine_cost import report_engine_cost
from tests.performance.live_latency import report_live_latency
from tests.performance.read_cost import report_read_cost


async def main() -> None:
    """Print every report."""
    with tempfile.TemporaryDirectory(prefix="taskwire-bench-") as name:
        await report_live_latency(Path(name) / "stack")
        await report_board_statements(Path(name))
        await report_read_cost(Path(name))
    await report_engine_cost()


if __name__ == "__main__":
    asyncio.run(main())
