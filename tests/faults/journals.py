"""What the subscribers saw, checked as it comes."""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

_BUCKETS_PER_SECOND: Final = 4
# Seconds; what took longer than the last is counted behind it.
LATENCY_STEPS: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class Latencies:
    """From an event's change to its delivery, by the quarter of a second of the change."""

    def __init__(self) -> None:
        self._counts_by_bucket: dict[int, list[int]] = {}

    def note(self, occurred_at: float) -> None:
        """Count a delivery that happens now, of an event from then (seconds since 1970)."""
        bucket = int(occurred_at * _BUCKETS_PER_SECOND)
        counts = self._counts_by_bucket.get(bucket)
        if counts is None:
            counts = self._counts_by_bucket[bucket] = [0] * (len(LATENCY_STEPS) + 1)
        counts[bisect_left(LATENCY_STEPS, time.time() - occurred_at)] += 1

    def percentile(self, share: float, *, since: float, until: float) -> float | None:
        """The step below which this share of the deliveries was; None when there was none."""
        return self._percentile(
            share, range(_first(since), max(_first(since) + 1, int(until * _BUCKETS_PER_SECOND)))
        )

    def seconds_until_normal(self, *, since: float, until: float, limit: float) -> float | None:
        """How long after `since` a second begins in which 95 % took no longer than the limit.

        None when there is none before `until`.
        """
        for first in range(_first(since), int(until * _BUCKETS_PER_SECOND)):
            slow = self._percentile(0.95, range(first, first + _BUCKETS_PER_SECOND))
            if slow is not None and slow <= limit and first in self._counts_by_bucket:
                return max(0.0, first / _BUCKETS_PER_SECOND - since)
        return None

    def _percentile(self, share: float, buckets: range) -> float | None:
        counts = [0] * (len(LATENCY_STEPS) + 1)
        for bucket in buckets:
            for step, count in enumerate(self._counts_by_bucket.get(bucket, ())):
                counts[step] += count
        total = sum(counts)
        if not total:
            return None
        passed = 0
        for step, count in enumerate(counts):
            passed += count
            if passed >= share * total:
                return (*LATENCY_STEPS, float("inf"))[step]
        raise AssertionError("a share is at most 1")


def _first(since: float) -> int:
    """The first bucket that holds nothing older."""
    return int(since * _BUCKETS_PER_SECOND) + 1


@dataclass(slots=True, kw_only=True)
class Witness:
    """What all subscribers agree on about one project: one event for each seq."""

    project_id: str
    latencies: Latencies
    id_by_seq: dict[int, str] = field(default_factory=dict)
    disagreements: int = 0
    _occurred_at_by_seq: dict[int, float] = field(default_factory=dict)

    def hear(self, seq: int, event: Mapping[str, str]) -> None:
        """Take one delivery."""
        known = self.id_by_seq.setdefault(seq, event["id"])
        if known != event["id"]:
            self.disagreements += 1
        occurred_at = self._occurred_at_by_seq.get(seq)
        if occurred_at is None:
            occurred_at = datetime.fromisoformat(event["occurredAt"]).timestamp()
            self._occurred_at_by_seq[seq] = occurred_at
        self.latencies.note(occurred_at)


@dataclass(slots=True, kw_only=True)
class Journal:
    """What one subscriber saw of one project behind `position`, to resume from `cursor`."""

    witness: Witness
    position: int
    cursor: str
    delivered: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    # Passed over, and announced by a ResyncRequired.
    announced: int = 0
    wrong_resyncs: int = 0
    missing: set[int] = field(default_factory=set)
    resyncs: Counter[str] = field(default_factory=Counter)

    def take(self, event: Mapping[str, str]) -> None:
        """An event that was delivered."""
        seq = int(event["seq"])
        self.delivered += 1
        self.witness.hear(seq, event)
        if seq == self.position + 1:
            self.position = seq
        elif seq > self.position:
            self.missing.update(range(self.position + 1, seq))
            self.position = seq
        elif seq in self.missing:
            self.missing.discard(seq)
            self.out_of_order += 1
        else:
            self.duplicates += 1
        self.cursor = event["cursor"]

    def resync(self, reason: str, *, seq: int, cursor: str) -> None:
        """An announcement that nothing up to `seq` comes any more."""
        self.resyncs[reason] += 1
        if seq < self.position:
            self.wrong_resyncs += 1
        self.announced += max(0, seq - self.position)
        self.position, self.cursor = seq, cursor
