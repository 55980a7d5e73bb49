"""What the manifests say of the application, and what the application says of itself."""

import re
from pathlib import Path

import pytest
import yaml
from click import Context, Group

from infra.deploy.verify.manifests.capacity import departure_seconds
from infra.deploy.verify.manifests.objects import (
    Json,
    Manifest,
    dig,
    list_at,
    load_manifests,
    text_at,
)
from infra.deploy.verify.manifests.rendering import CHART, DEPLOY, ENVIRONMENTS, KUBERNETES
from infra.deploy.verify.manifests.workloads import Workload, of_kind, workloads_of
from infra.kafka_settings import KafkaMechanism
from infra.settings import Settings, require_services
from web.cli import taskwire
from web.processes.lifecycle import grace_seconds
from web.server import _KEEP_ALIVE_SECONDS, _PING_SECONDS

_SECRETS = {
    "TASKWIRE_DATABASE_URL": "postgresql://app:pw@db:5432/taskwire?sslmode=verify-full"
    "&sslrootcert=ca.pem",
    "TASKWIRE_REDIS_URL": "rediss://cache:6379",
    "TASKWIRE_KAFKA_BOOTSTRAP": "broker-1:9098,broker-2:9098",
    "TASKWIRE_SECRET_KEY": "q8Zr1xV0mB4tYw7LkP2sNd9HfJ3cGa6E",
}


def _objects(*files: str) -> list[Manifest]:
    return [
        manifest
        for file in files
        for manifest in load_manifests((KUBERNETES / "base" / file).read_text(encoding="utf-8"))
    ]


def _workloads() -> list[Workload]:
    files = [f"{name}.yaml" for name in ("web", "relay", "bridge", "worker", "migrate")]
    return workloads_of(_objects(*files))


def _notice_seconds() -> float:
    """What the pods of web wait by themselves after SIGTERM."""
    return float(_literals("prod")["TASKWIRE_DRAIN_NOTICE_SECONDS"])


def _literals(environment: str) -> dict[str, str]:
    """The settings that the overlay gives its processes."""
    literals: dict[str, str] = {}
    for folder in (KUBERNETES / "base", KUBERNETES / "overlays" / environment):
        document: Json = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
        pairs = list_at(document, "configMapGenerator", 0, "literals")
        literals |= dict(str(pair).split("=", 1) for pair in pairs)
    return literals


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_settings_of_an_environment_are_valid_and_complete(
    environment: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    for name, value in {**_literals(environment), **_SECRETS}.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    require_services(settings)
    assert settings.environment.value == environment
    assert (settings.port, settings.metrics_port) == (8000, 9100)
    assert settings.kafka_security_protocol.has_tls
    assert settings.kafka_sasl_mechanism is KafkaMechanism.OAUTHBEARER


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_setting_that_an_environment_names_exists(environment: str) -> None:
    known = {f"TASKWIRE_{name.upper()}" for name in Settings.model_fields}
    # Of OpenTelemetry and of uvicorn.
    known |= {"OTEL_EXPORTER_OTLP_ENDPOINT", "FORWARDED_ALLOW_IPS"}
    assert _literals(environment).keys() - known == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_browsers_may_connect_from_the_host_they_are_served_by(environment: str) -> None:
    values = yaml.safe_load((CHART / f"values-{environment}.yaml").read_text(encoding="utf-8"))
    assert _literals(environment)["TASKWIRE_ALLOWED_ORIGINS"] == f"https://{values['host']}"


def test_secrets_are_given_under_the_names_that_the_processes_read() -> None:
    for load in _workloads():
        given = {text_at(entry, "name") for entry in list_at(load.containers[0], "env")}
        assert given == _SECRETS.keys()


def test_every_process_is_a_command_of_the_application() -> None:
    commands = {str(list_at(load.containers[0], "args")[0]) for load in _workloads()}
    assert commands == {"serve", "relay", "bridge", "worker", "migrate"}
    assert isinstance(taskwire, Group)
    context = Context(taskwire)
    assert all(taskwire.get_command(context, name) is not None for name in commands)


def test_a_pod_has_longer_to_leave_than_its_process_takes() -> None:
    for load in _workloads():
        _, left = departure_seconds(load)
        assert left > grace_seconds(Settings(drain_notice_seconds=_notice_seconds()))


def test_web_goes_on_after_it_was_taken_out_of_the_load_balancer() -> None:
    [web] = [load for load in _workloads() if load.manifest.name == "web"]
    wait, _ = departure_seconds(web)
    # Two failed checks of the load balancer, and the spreading of the news. By preStop alone: what
    # the process waited itself would be waited twice.
    assert (wait, _notice_seconds()) == (15, 0)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_pipeline_looks_for_an_environment_where_it_is_served(environment: str) -> None:
    script = (DEPLOY / "jenkins" / "release.sh").read_text(encoding="utf-8")
    hosts = dict(re.findall(r"(\w+)\) default_url=(\S+) ;;", script))
    assert hosts[environment] == _literals(environment)["TASKWIRE_ALLOWED_ORIGINS"]


def test_pods_find_the_certificates_where_their_settings_name_them() -> None:
    [backup] = workloads_of(_objects("backup.yaml"))
    terraform = (DEPLOY / "terraform/modules/secrets/main.tf").read_text(encoding="utf-8")
    assert 'database_ca_path = "/etc/taskwire/database/ca.pem"' in terraform
    for load in (*_workloads(), backup):
        mounts = {
            text_at(mount, "name"): text_at(mount, "mountPath")
            for mount in list_at(load.containers[0], "volumeMounts")
        }
        assert mounts["database-ca"] == "/etc/taskwire/database"


def test_the_load_balancer_closes_idle_connections_before_the_server_does() -> None:
    [ingress] = of_kind(_objects("ingress.yaml"), "Ingress")
    attributes = text_at(
        ingress.body,
        "metadata",
        "annotations",
        "alb.ingress.kubernetes.io/load-balancer-attributes",
    )
    found = re.search(r"idle_timeout\.timeout_seconds=(\d+)", attributes)
    assert found is not None
    assert 2 * _PING_SECONDS < int(found[1]) < _KEEP_ALIVE_SECONDS


def test_the_adapter_offers_the_metric_that_the_autoscaler_asks_for() -> None:
    [scaler] = of_kind(_objects("autoscaling.yaml"), "HorizontalPodAutoscaler")
    asked = {
        text_at(metric, "pods", "metric", "name")
        for metric in list_at(scaler.body, "spec", "metrics")
    } - {""}
    text = (KUBERNETES / "platform" / "prometheus-adapter.yaml").read_text(encoding="utf-8")
    [adapter] = load_manifests(text)
    rules: Json = yaml.safe_load(text_at(adapter.body, "data", "config.yaml"))
    offered = {str(dig(rule, "name", "as")) for rule in list_at(rules, "rules")}
    assert asked == {"taskwire_websocket_connections"}
    assert asked <= offered
