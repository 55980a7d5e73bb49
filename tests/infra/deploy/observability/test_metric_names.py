from prometheus_client import Counter, Gauge, Histogram

from infra import metrics
from tests.infra.deploy.observability.exporter import METRICS
from tests.infra.deploy.observability.metric_names import METRICS_TABLE


def declared() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Type and labels of what the code declares, by name."""
    found = [
        each for each in vars(metrics).values() if isinstance(each, Counter | Gauge | Histogram)
    ]
    return {each._name: (each._type, tuple(each._labelnames)) for each in found}


def test_the_stand_in_exposes_what_the_code_declares() -> None:
    shared = declared().keys() & METRICS.keys()

    assert len(shared) >= 14
    assert {name: declared()[name] for name in shared} == {
        name: (METRICS[name][0], tuple(METRICS[name][2])) for name in shared
    }


def test_histograms_have_the_bounds_that_objectives_ask_for() -> None:
    assert 1.0 in metrics.LIVE_LATENCY_SECONDS._upper_bounds


def test_what_the_stand_in_exposes_is_documented() -> None:
    table = METRICS_TABLE.read_text()

    assert [name for name in METRICS if f"`{name}" not in table] == []
