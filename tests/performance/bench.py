"""`make bench`: what the whole path of a change costs, and what a board query asks of SQL."""

import asyncio
import tempfile
from pathlib import Path

from tests.performance.board_statements import report_board_statements
from tests.performance.live_latency import report_live_latency


async def main() -> None:
    """Print every report."""
    with tempfile.TemporaryDirectory(prefix="taskwire-bench-") as name:
        await report_live_latency(Path(name) / "stack")
        await report_board_statements(Path(name))


if __name__ == "__main__":
    asyncio.run(main())
