"""A short run of the harness. `make faults` runs long ones."""

from pathlib import Path

import pytest

from tests.faults.report import figures_of
from tests.faults.run import Plan, run

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


async def test_whatever_breaks_every_subscriber_sees_every_change_once_and_in_order(
    tmp_path: Path,
) -> None:
    plan = Plan(seed=20, faults=12, seconds=24, subscribers=20, projects=3, calm_seconds=2)
    said: list[str] = []
    outcome = await run(plan, tmp_path, report=said.append)
    figures = figures_of(outcome)
    assert figures["defects"] == {}, figures
    assert figures["crashes"] == [], figures
    assert figures["faults"] == 12
    assert outcome.settled_after is not None, figures
    assert outcome.verdict.unanswered == 0
    # Otherwise the run has shown nothing.
    assert outcome.verdict.deliveries > 100
