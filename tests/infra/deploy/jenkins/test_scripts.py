"""The pipeline's scripts, with the programs they call replaced by small ones on the PATH."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import pytest
import yaml

from infra.deploy.verify.programs import ROOT

SCRIPTS: Final = ROOT / "infra/deploy/jenkins"
FAILED: Final = ":x: 1.2.3 did not get to uat (canary)"
RELEASE: Final = {"ENVIRONMENT": "uat", "RELEASE": "1.2.3", "STRATEGY": "canary"}

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or shutil.which("curl") is None, reason="needs bash and curl"
)


class Checkout:
    """A folder with the pipeline's scripts, and programs of our own in front of the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()
        shutil.copytree(SCRIPTS, folder / "infra/deploy/jenkins")

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(
        self, script: str, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(  # noqa: S603 - our own scripts
            ["bash", f"infra/deploy/jenkins/{script}", *arguments],  # noqa: S607
            cwd=self.folder,
            env={"PATH": path, **RELEASE, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@contextmanager
def a_server(statuses: Iterator[int]) -> Iterator[tuple[str, list[bytes]]]:
    """Answer each request with the next status; yield the address and the bodies received."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            self.send_response(next(statuses))
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET  # noqa: N815 - the base class's name

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join(timeout=10)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT is dev, uat or prod, not 'staging'"),
        ({"RELEASE": "1.0; rm -rf /"}, "RELEASE is no version"),
        ({"RELEASE": ""}, "RELEASE is no version"),
        ({"STRATEGY": "hope"}, "STRATEGY is rolling, blue-green or canary, not 'hope'"),
    ],
)
def test_a_wrong_parameter_is_refused(
    checkout: Checkout, variables: Mapping[str, str], said: str
) -> None:
    done = checkout.run("initialize.sh", **variables)

    assert done.returncode == 1
    assert said in done.stderr


def test_an_environment_that_becomes_ready_is_well(checkout: Checkout) -> None:
    with a_server(iter([503, 200, 503, 200, 200, 200])) as (url, _):
        done = checkout.run(
            "verify_health.sh", TASKWIRE_URL=url, HEALTH_SUCCESSES="3", HEALTH_PAUSE_SECONDS="0"
        )

    assert done.returncode == 0
    assert "is ready (3 times in a row)" in done.stdout


def test_an_environment_that_does_not_is_not(checkout: Checkout) -> None:
    with a_server(iter([503] * 4)) as (url, _):
        done = checkout.run(
            "verify_health.sh", TASKWIRE_URL=url, HEALTH_ATTEMPTS="4", HEALTH_PAUSE_SECONDS="0"
        )

    assert done.returncode == 1
    assert "did not become ready in 4 attempts" in done.stderr


@pytest.mark.parametrize(
    ("kind", "variables", "text"),
    [
        ("success", {}, ":white_check_mark: 1.2.3 runs in uat (canary)"),
        ("failure", {}, FAILED),
        (
            "failure",
            {"ROLLBACK": "done"},
            f"{FAILED}; the environment was rolled back",
        ),
        (
            "failure",
            {"ROLLBACK": "failed"},
            f"{FAILED}; THE ROLLBACK FAILED TOO, uat needs somebody now",
        ),
    ],
)
def test_the_channel_is_told(
    checkout: Checkout, kind: str, variables: Mapping[str, str], text: str
) -> None:
    with a_server(iter([200])) as (url, bodies):
        done = checkout.run("notify.sh", kind, SLACK_WEBHOOK_URL=url, **variables)

    assert done.returncode == 0, done.stderr
    assert [json.loads(body) for body in bodies] == [{"text": text}]


def scanners(checkout: Checkout, **replaced: str) -> None:
    """Programs that find nothing, except those that are given."""
    report = '{"dependencies": [{"name": "starlette", "vulns": []}]}'
    write_report = f'while [ "$1" != --output ]; do shift; done; echo \'{report}\' > "$2"'
    standard = {"trivy": "true", "npm": "echo '{}'", "pip-audit": write_report}
    for name, body in {**standard, **replaced}.items():
        checkout.program(name, body)


def test_a_release_without_findings_passes_the_scan(checkout: Checkout) -> None:
    scanners(checkout)

    done = checkout.run("scan.sh")

    assert done.returncode == 0, done.stderr
    assert "1 packages audited, 0 skipped" in done.stdout


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        ({"trivy": "exit 1"}, "failed: Trivy: files Trivy: image"),
        ({"npm": "exit 1"}, "failed: npm audit"),
        ({"pip-audit": "exit 1"}, "failed: pip-audit"),
    ],
)
def test_one_finding_fails_the_scan_and_the_others_still_run(
    checkout: Checkout, replaced: Mapping[str, str], said: str
) -> None:
    scanners(checkout, **replaced)

    done = checkout.run("scan.sh")

    assert done.returncode == 1
    assert said in done.stderr
    assert "=== npm audit ===" in done.stdout


def test_an_audit_that_audited_nothing_fails(checkout: Checkout) -> None:
    report = '{"dependencies": [{"name": "starlette", "skip_reason": "no advisory service"}]}'
    body = f'while [ "$1" != --output ]; do shift; done; echo \'{report}\' > "$2"'
    scanners(checkout, **{"pip-audit": body})

    done = checkout.run("scan.sh")

    assert done.returncode == 1
    assert "0 packages audited, 1 skipped" in done.stdout


def test_rules_that_prometheus_would_refuse_stop_the_update(checkout: Checkout) -> None:
    checkout.program("promtool", "echo 'rules.yml: bad expression' >&2; exit 1")
    checkout.program("kubectl", f"touch {checkout.folder}/applied")

    done = checkout.run("update_monitoring.sh")

    assert done.returncode == 1
    assert "bad expression" in done.stderr
    assert not (checkout.folder / "applied").exists()


def test_rules_go_to_the_operator_as_objects_of_its_kind(checkout: Checkout) -> None:
    observability = "infra/deploy/observability"
    shutil.copytree(
        ROOT / observability / "prometheus", checkout.folder / observability / "prometheus"
    )
    dashboards = checkout.folder / observability / "grafana/dashboards"
    dashboards.mkdir(parents=True)
    (dashboards / "overview.json").write_text("{}")
    checkout.program("promtool", "exit 0")
    # Only what is applied from standard input alone are the rules.
    checkout.program(
        "kubectl", f'case "$*" in *server-side*) cat >> {checkout.folder}/applied;; esac'
    )

    done = checkout.run("update_monitoring.sh")

    assert done.returncode == 0, done.stderr
    applied = [one for one in yaml.safe_load_all((checkout.folder / "applied").read_text()) if one]
    files = sorted((ROOT / observability / "prometheus/rules").glob("*.yml"))
    assert {one["kind"] for one in applied} == {"PrometheusRule"}
    assert [one["spec"] for one in applied] == [yaml.safe_load(file.read_text()) for file in files]
    assert "taskwire-live-path" in {one["metadata"]["name"] for one in applied}


METRICS_SO_FAR: Final = """
taskwire_deployment_failed_total{environment="prod",job="taskwire-deployment-failures"} 7
taskwire_deployment_failed_total{environment="uat",job="taskwire-deployment-failures"} 2
"""


def test_a_failed_deployment_is_counted_on_top_of_those_before(checkout: Checkout) -> None:
    checkout.program("curl", _a_pushgateway(checkout, METRICS_SO_FAR))

    done = checkout.run("push_deployment.sh", "failed", PUSHGATEWAY_URL="http://gateway")

    assert done.returncode == 0, done.stderr
    address, pushed = (checkout.folder / "address"), (checkout.folder / "pushed")
    assert pushed.read_text().splitlines()[-1] == "taskwire_deployment_failed_total 3"
    assert "/metrics/job/taskwire-deployment-failures/environment/uat" in address.read_text()


def test_what_was_deployed_is_pushed_beside_the_failures(checkout: Checkout) -> None:
    checkout.program("curl", _a_pushgateway(checkout, METRICS_SO_FAR))

    done = checkout.run("push_deployment.sh", "succeeded", PUSHGATEWAY_URL="http://gateway")

    assert done.returncode == 0, done.stderr
    told = 'taskwire_deployment_info{version="1.2.3",strategy="canary"} 1\n'
    assert (checkout.folder / "pushed").read_text() == told
    assert "/job/taskwire-deployment/environment/uat" in (checkout.folder / "address").read_text()


def test_without_an_answer_the_failures_do_not_begin_anew(checkout: Checkout) -> None:
    checkout.program(
        "curl", f'case "$*" in *PUT*) touch {checkout.folder}/pushed;; *) exit 22;; esac'
    )

    done = checkout.run("push_deployment.sh", "failed", PUSHGATEWAY_URL="http://gateway")

    assert done.returncode == 22
    assert not (checkout.folder / "pushed").exists()


def _a_pushgateway(checkout: Checkout, metrics: str) -> str:
    """A curl that answers with the metrics, and keeps what is put."""
    (checkout.folder / "so-far").write_text(metrics)
    keep = f'echo "$*" > {checkout.folder}/address; cat > {checkout.folder}/pushed'
    return f'case "$*" in *PUT*) {keep};; *) cat {checkout.folder}/so-far;; esac'
