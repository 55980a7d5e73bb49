"""The load tests' thresholds, and scripts whose thresholds are too wide."""

import shutil
from pathlib import Path

import pytest

from infra.deploy.verify.k6 import SCRIPTS, check_thresholds, figures_of, run_short
from infra.deploy.verify.programs import TOOLS
from infra.deploy.verify.running_stack import RunningStack
from infra.embedded.ports import free_ports

needs_k6 = pytest.mark.skipif(
    not (TOOLS / "k6").is_file(), reason="needs k6 (make verify-deploy installs it)"
)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return shutil.copytree(SCRIPTS, tmp_path / "k6")


@needs_k6
def test_every_script_demands_what_was_promised() -> None:
    assert check_thresholds().status == "passed"


@needs_k6
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("target.js", "REQUIRED_P95_MS = 2000", "REQUIRED_P95_MS = 9000", "p(95)<2000"),
        ("target.js", "REQUIRED_ERROR_RATE = 0.01", "REQUIRED_ERROR_RATE = 0.5", "rate<0.01"),
        ("load.js", "'LOAD_MIN_RATE', 1000", "'LOAD_MIN_RATE', 100", "rate>1000"),
        ("subscriptions.js", "['count==0']", "['count<100']", "count==0"),
        ("smoke.js", "export default", "export defalt", "smoke.js"),
    ],
)
def test_a_script_that_demands_less_is_found(
    scripts: Path, name: str, old: str, new: str, said: str
) -> None:
    script = scripts / name
    assert old in script.read_text()
    script.write_text(script.read_text().replace(old, new, 1))

    outcome = check_thresholds(scripts)

    assert outcome.status == "failed"
    assert said in outcome.detail


@needs_k6
def test_a_server_that_does_not_answer_fails_the_short_form(tmp_path: Path) -> None:
    [port] = free_ports(1)
    nowhere = RunningStack(
        url=f"http://127.0.0.1:{port}",
        data_dir=tmp_path,
        database_url="",
        redis_url="",
        kafka_bootstrap="",
    )

    is_passed, said = run_short("smoke", nowhere)

    assert not is_passed
    assert "cannot sign in" in said


def test_the_figures_name_deliveries_where_there_were_some() -> None:
    metrics = {
        "http_reqs": {"rate": 12.4},
        "http_req_duration": {"p(95)": 80.2},
        "deliveries": {"count": 1000.0},
        "delivery_duration": {"p(95)": 41.0},
    }

    assert figures_of(metrics) == "12 requests/s, p95 80 ms, 1000 deliveries, p95 41 ms"
