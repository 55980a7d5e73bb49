"""Prometheus and Alertmanager as live servers over the project's files, with short intervals."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import yaml

from tests.infra.deploy.observability.programs import OBSERVABILITY, RULES, program, run

T = TypeVar("T")

# An entry of a target file: addresses, and the labels of what is scraped there.
TargetGroup = Mapping[str, Any]

_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.2
# A rate needs two scrapes, and a scrape comes each second.
_WINDOW: Final = "10s"


def eventually(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Return what the look finds, as soon as it is neither None nor empty."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A live server's HTTP API."""

    client: httpx.Client

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The samples of an instant query; what is wrong with it fails the test."""
        answer = self.client.post("/api/v1/query", data={"query": expr}).json()
        assert answer["status"] == "success", (expr, answer)
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def label_values(self, label: str, selector: str) -> list[str]:
        """The values of a label among the series that the selector matches."""
        answer = self.client.get(f"/api/v1/label/{label}/values", params={"match[]": selector})
        values: list[str] = answer.json()["data"]
        return values

    def exposed(self, job: str = "") -> set[str]:
        """The metrics, without suffixes of series, that the targets of a job show, or all do."""
        selector = {"match_target": f'{{job="{job}"}}'} if job else {}
        answer = self.client.get("/api/v1/targets/metadata", params=selector).json()
        return {entry["metric"] for entry in answer.get("data", [])}

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its health and last error."""
        groups = self.client.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


def on_port(port: int, **labels: str) -> TargetGroup:
    """What listens on the loopback interface, as a target of production."""
    return {"targets": [f"127.0.0.1:{port}"], "labels": {"environment": "prod", **labels}}


@contextmanager
def prometheus(
    folder: Path,
    *,
    port: int,
    targets_by_job: Mapping[str, Sequence[TargetGroup]],
    alertmanager_port: int,
    history: str = "",
) -> Iterator[Prometheus]:
    """Run Prometheus over the committed configuration and rules.

    history: samples of before the start, in OpenMetrics' format.
    """
    config = _quick_configuration(folder, targets_by_job, alertmanager_port)
    samples = folder / "samples"
    if history:
        _write_samples(history, samples)
    command = [
        program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={samples}",
        "--storage.tsdb.retention.time=40d",
        f"--web.listen-address=127.0.0.1:{port}",
        # What fires before Alertmanager is found is sent again, by default after a minute.
        "--rules.alert.resend-delay=2s",
        "--log.level=warn",
    ]
    with (
        running(command, folder / "prometheus.log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        wait_until_ready(client, folder / "prometheus.log")
        yield Prometheus(client=client)


@contextmanager
def alertmanager(folder: Path, *, port: int, receiver_url: str) -> Iterator[None]:
    """Run Alertmanager over the committed configuration; everything goes to the receiver."""
    config = _local_routes(folder, receiver_url)
    command = [
        program("prometheus-alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'silences'}",
        f"--web.listen-address=127.0.0.1:{port}",
        # Alone it needs no peers.
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with (
        running(command, folder / "alertmanager.log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        wait_until_ready(client, folder / "alertmanager.log")
        yield


@contextmanager
def running(
    command: Sequence[str], log: Path, *, variables: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A program with these variables beside ours, until the block ends."""
    environment = {**os.environ, **(variables or {})}
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        process = stack.enter_context(
            subprocess.Popen(  # noqa: S603 - fixed commands, no shell
                command, stdout=output, stderr=subprocess.STDOUT, env=environment
            )
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _text(client: httpx.Client, path: str) -> str | None:
    """The body of a good answer, or None as long as there is none."""
    try:
        answer = client.get(path)
    except httpx.TransportError:
        return None
    return answer.text if answer.status_code == httpx.codes.OK else None


def wait_until_ready(client: httpx.Client, log: Path) -> None:
    """Wait for one of Prometheus' programs; its log is what a failure shows."""
    try:
        eventually(lambda: _text(client, "/-/ready"), seconds=60, what="the server is ready")
    except AssertionError as error:
        raise AssertionError(log.read_text()) from error


def _write_samples(history: str, folder: Path) -> None:
    source = folder.with_suffix(".openmetrics")
    source.write_text(history)
    written = run(program("promtool"), "tsdb", "create-blocks-from", "openmetrics", source, folder)
    assert written.returncode == 0, written.stdout + written.stderr


def _quick_configuration(
    folder: Path, targets_by_job: Mapping[str, Sequence[TargetGroup]], alertmanager_port: int
) -> Path:
    config = yaml.safe_load((OBSERVABILITY / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "1s",
    }
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    config["scrape_configs"] = [jobs.get(name, _platform_job(name)) for name in targets_by_job]
    targets = folder / "targets"
    targets.mkdir()
    for name, groups in {"alertmanager": [on_port(alertmanager_port)], **targets_by_job}.items():
        (targets / f"{name}.yml").write_text(yaml.safe_dump([dict(group) for group in groups]))
    rules = folder / "rules"
    rules.mkdir()
    for path in RULES:
        (rules / path.name).write_text(_quickened(path.read_text()))
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def _platform_job(name: str) -> dict[str, Any]:
    """As the platform's monitors in Kubernetes: what the exporter says of a pod stands."""
    files = {"files": [f"targets/{name}.yml"]}
    return {"job_name": name, "honor_labels": True, "file_sd_configs": [files]}


def _quickened(rules: str) -> str:
    """The same rules, over seconds instead of minutes and without waiting for confirmation."""
    rules = re.sub(r"^( +)for: .+$", r"\1for: 1s", rules, flags=re.MULTILINE)
    rules = re.sub(r"^( +)interval: .+$", r"\1interval: 1s", rules, flags=re.MULTILINE)
    return rules.replace("[5m]", f"[{_WINDOW}]")


def _local_routes(folder: Path, receiver_url: str) -> Path:
    source = OBSERVABILITY / "alertmanager"
    config = yaml.safe_load((source / "alertmanager.yml").read_text())
    config["templates"] = [str(source / "templates" / "*.tmpl")]
    routes = [config["route"], *config["route"]["routes"]]
    for route in routes:
        route |= {"group_wait": "1s", "group_interval": "1s"}
    token = folder / "token"
    token.write_text("a-token")
    for receiver in config["receivers"]:
        for slack in receiver.get("slack_configs", []):
            address = folder / receiver["name"]
            address.write_text(f"{receiver_url}/{receiver['name']}")
            slack["api_url_file"] = str(address)
        for webhook in receiver.get("webhook_configs", []):
            webhook["url"] = f"{receiver_url}/{receiver['name']}"
            webhook["http_config"]["authorization"]["credentials_file"] = str(token)
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    return file
