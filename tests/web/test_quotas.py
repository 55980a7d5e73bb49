from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY

from domain.errors import LimitExceeded
from web.quotas import QuotaLimits, Quotas, owner_of

LIMITS = QuotaLimits(connections=2, operations_per_second=10, burst_seconds=0.5)


@dataclass(slots=True)
class Seconds:
    """A clock that goes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_owner_has_so_many_connections_and_another_has_their_own() -> None:
    quotas = Quotas(LIMITS)
    quotas.enter("ada")
    quotas.enter("ada")
    with pytest.raises(LimitExceeded):
        quotas.enter("ada")
    quotas.enter("bob")


def test_a_connection_that_ended_makes_room_and_the_last_one_leaves_nothing() -> None:
    quotas = Quotas(LIMITS)
    for _ in range(2):
        quotas.enter("ada")
    quotas.leave("ada")
    quotas.enter("ada")
    for _ in range(2):
        quotas.leave("ada")
    assert len(quotas) == 0


def test_operations_are_free_up_to_the_burst_and_then_come_by_the_rate() -> None:
    clock = Seconds()
    quota = Quotas(LIMITS, clock=clock).enter("ada")
    assert [quota.take_operation() for _ in range(6)] == [True] * 5 + [False]
    clock.now += 0.1
    assert [quota.take_operation() for _ in range(2)] == [True, False]


def test_the_connections_of_an_owner_share_their_operations() -> None:
    quotas = Quotas(LIMITS, clock=Seconds())
    first, second = quotas.enter("ada"), quotas.enter("ada")
    assert [quota.take_operation() for quota in (first, second) * 3] == [True] * 5 + [False]


def test_waiting_saves_no_more_than_the_burst() -> None:
    clock = Seconds()
    quota = Quotas(LIMITS, clock=clock).enter("ada")
    clock.now += 3_600
    assert [quota.take_operation() for _ in range(6)] == [True] * 5 + [False]


def test_one_operation_is_always_allowed_at_first() -> None:
    limits = QuotaLimits(operations_per_second=0.1, burst_seconds=1)
    assert Quotas(limits).enter("ada").take_operation()


def test_who_has_no_address_shares_one_quota() -> None:
    assert owner_of(None, None) == ""


def test_what_is_refused_is_counted_by_its_limit() -> None:
    quotas = Quotas(LIMITS, clock=Seconds())
    before = {limit: _refused(limit) for limit in ("connections", "operations")}
    quota = quotas.enter("ada")
    quotas.enter("ada")
    with pytest.raises(LimitExceeded):
        quotas.enter("ada")
    while quota.take_operation():
        pass
    after = {limit: _refused(limit) for limit in before}
    assert after == {limit: count + 1 for limit, count in before.items()}


def _refused(limit: str) -> float:
    count = REGISTRY.get_sample_value("taskwire_rate_limited_total", {"limit": limit})
    assert count is not None
    return count
