from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from infra.telemetry.tally import Tallies


def _a_histogram(registry: CollectorRegistry) -> Histogram:
    return Histogram("seconds", "…", ["kind"], buckets=(0.125, 1.0), registry=registry)


def test_observations_arrive_as_the_library_would_have_counted_them() -> None:
    tallied, direct = CollectorRegistry(), CollectorRegistry()
    tallies = Tallies()
    values = (0.25, 0.0625, 3.0, 0.125, 1.0)
    child = _a_histogram(direct).labels("read")
    tally = tallies.observations(_a_histogram(tallied), "read", unit=1 / 1024)
    for value in values:
        child.observe(value)
        tally.observe(value * 1024)
    tallies.hand_over()
    names = ("seconds_bucket", "seconds_count", "seconds_sum")
    samples = [
        [(s.name, s.labels, s.value) for m in registry.collect() for s in m.samples]
        for registry in (tallied, direct)
    ]
    first, second = ([s for s in found if s[0] in names] for found in samples)
    assert first == second
    assert len(first) == 5


def test_what_was_handed_over_is_not_handed_over_again() -> None:
    registry = CollectorRegistry()
    counter = Counter("events", "…", registry=registry)
    tallies = Tallies()
    tallies.count(counter).count += 3
    tallies.hand_over()
    tallies.hand_over()
    assert b"events_total 3.0" in generate_latest(registry)


def test_one_metric_and_labels_have_one_tally() -> None:
    registry = CollectorRegistry()
    histogram = _a_histogram(registry)
    counter = Counter("events", "…", ["code"], registry=registry)
    tallies = Tallies()
    assert tallies.observations(histogram, "read") is tallies.observations(histogram, "read")
    assert tallies.observations(histogram, "read") is not tallies.observations(histogram, "write")
    assert tallies.count(counter, "A") is tallies.count(counter, "A")
