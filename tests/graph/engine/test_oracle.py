"""Engine and reference answer alike, whatever is asked and whatever goes wrong.

The seeds are fixed. `python -m tests.graph.engine.oracle` compares more.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.engine import plan
from tests.graph.engine.comparison import Oracle
from tests.graph.engine.generated_operations import GeneratedOperation, operations
from tests.graph.engine.nasty_schema import Loaders, NastySchema, a_root
from tests.graph.engine.oracle import compare_nasty

_SETTINGS: Final = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
_AT_ONCE: Final = NastySchema(has_delays=False)
_DELAYED: Final = NastySchema(has_delays=True)

# graphql-core drops coroutines of its own when an error cuts a list short.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*coroutine (object |')Executor:pytest.PytestUnraisableExceptionWarning",
    "ignore:coroutine 'Executor:RuntimeWarning",
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """A loop for tests that hypothesis calls many times."""
    with asyncio.Runner() as runner:
        yield runner


@_SETTINGS
@given(operation=operations(_AT_ONCE.schema), root=st.integers(0, 10**6))
def test_values_that_are_there_give_the_same_errors_in_the_same_order(
    runner: asyncio.Runner, operation: GeneratedOperation, root: int
) -> None:
    oracle = Oracle(_AT_ONCE.schema, _AT_ONCE, Loaders)
    runner.run(oracle.require_same(operation, root_value=a_root(root), is_ordered=True))


@_SETTINGS
@given(operation=operations(_DELAYED.schema), root=st.integers(0, 10**6))
def test_values_that_must_be_awaited_give_the_same_data_and_errors(
    runner: asyncio.Runner, operation: GeneratedOperation, root: int
) -> None:
    oracle = Oracle(_DELAYED.schema, _DELAYED, Loaders)
    runner.run(oracle.require_same(operation, root_value=a_root(root), is_ordered=False))


@_SETTINGS
@given(operation=operations(_DELAYED.schema, is_mutation=True), root=st.integers(0, 10**6))
def test_mutations_stop_at_the_same_field(
    runner: asyncio.Runner, operation: GeneratedOperation, root: int
) -> None:
    oracle = Oracle(_DELAYED.schema, _DELAYED, Loaders)
    runner.run(oracle.require_same(operation, root_value=a_root(root), is_ordered=False))


# By columns alone, one by one alone, and as it is.
@pytest.mark.parametrize("columns_from", [0, 1_000_000, plan._COLUMNS_FROM])
@pytest.mark.parametrize("has_delays", [False, True])
def test_large_operations_give_the_same_results(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, columns_from: int, *, has_delays: bool
) -> None:
    monkeypatch.setattr(plan, "_COLUMNS_FROM", columns_from)
    runner.run(compare_nasty(range(60), has_delays=has_delays))
