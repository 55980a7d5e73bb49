"""compose.yaml: by Docker Compose itself where it is installed, and by rules of our own."""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, ToolMissing, outcome_of, run_command

COMPOSE: Final = ROOT / "compose.yaml"
_CORE: Final = frozenset(
    {"migrate", "web", "relay", "bridge", "worker", "postgres", "redis", "kafka"}
)
# ${NAME:-value}
_DEFAULT: Final = re.compile(r"\$\{\w+:-([^}]*)\}")
_APPLICATION: Final = frozenset({"migrate", "web", "relay", "bridge", "worker"})
_AROUND: Final = frozenset(
    {
        "minio",
        "prometheus",
        "alertmanager",
        "grafana",
        "node-exporter",
        "otel-collector",
        "jaeger",
        "elasticsearch",
        "logstash",
        "filebeat",
        "kibana",
    }
)

# A service, as YAML has it: its values are looked into one by one.
_Service: TypeAlias = Mapping[str, object]


def problems_of(path: Path) -> list[str]:
    """Return which of our rules a compose file breaks."""
    document = yaml.safe_load(path.read_text())
    services: dict[str, _Service] = document["services"]
    known = {*document.get("configs", ()), *document.get("volumes", ())}
    missing = (_CORE | _AROUND) - set(services)
    problems = [f"there is no service {name}" for name in sorted(missing)]
    for name, service in services.items():
        found = [
            *_problems_of_service(name, service, services),
            *_problems_of_files(service, known),
        ]
        problems += [f"{name} {problem}" for problem in found]
    return problems


def _problems_of_service(
    name: str, service: _Service, services: Mapping[str, _Service]
) -> Iterator[str]:
    profiles = service.get("profiles") or []
    if name in _CORE and profiles:
        yield "does not start with the core"
    if name not in _CORE and "full" not in _texts(profiles):
        yield "is in no profile 'full'"
    image = str(service.get("image"))
    if image.endswith(":latest") or ":" not in image.rpartition("/")[2]:
        yield f"runs whatever '{image}' is today"
    for port in _texts(service.get("ports")):
        if not port.startswith("127.0.0.1:"):
            yield f"listens beyond this machine ({port})"
    if name in _APPLICATION and not (service.get("read_only") and service.get("cap_drop")):
        yield "has a writable root or capabilities"
    yield from _problems_of_waiting(service, services)


def _problems_of_files(service: _Service, known: Collection[str]) -> Iterator[str]:
    for volume in _texts(service.get("volumes")):
        source = _DEFAULT.sub(r"\1", volume).partition(":")[0]
        is_of_ours = source.startswith("./")
        if is_of_ours and not (ROOT / source).exists():
            yield f"mounts {source}, which is not there"
        elif not is_of_ours and not source.startswith("/") and source not in known:
            yield f"mounts the volume {source}, which is not declared"
    configs = service.get("configs")
    for config in configs if isinstance(configs, list) else []:
        if config["source"] not in known:
            yield f"is given the file {config['source']}, which is not declared"


def _problems_of_waiting(service: _Service, services: Mapping[str, _Service]) -> Iterator[str]:
    depends_on = service.get("depends_on") or {}
    if not isinstance(depends_on, dict):
        yield "waits for nothing but a start"
        return
    for other, how in depends_on.items():
        if other not in services:
            yield f"waits for {other}, which is no service"
        elif how["condition"] == "service_healthy" and "healthcheck" not in services[other]:
            yield f"waits for the health of {other}, which has no check"
    check = service.get("healthcheck")
    # Podman's API splits the arguments of a health check at spaces.
    if isinstance(check, dict) and any(" " in part for part in _texts(check["test"])):
        yield "has a health check with spaces in an argument"


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else []


def check_rules(path: Path = COMPOSE) -> Outcome:
    """Hold the file against our rules."""
    problems = problems_of(path)
    if problems:
        return Outcome(status="failed", detail="\n".join(problems))
    return Outcome(
        status="passed", detail=f"{len(_CORE)} services of the core, {len(_AROUND)} around"
    )


def check_config(path: Path = COMPOSE) -> Outcome:
    """Let Docker Compose read the file with every profile."""
    command = [*_docker_compose(), "--file", str(path), "--profile", "full", "config", "--quiet"]
    return outcome_of(run_command(command), verified="Docker Compose accepts it, all profiles")


def _docker_compose() -> list[str]:
    """Return the command of Docker Compose 2; the first generation reads another language."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) is None:
            continue
        run = run_command([*command, "version", "--short"])
        if run.status == 0 and not run.output.startswith("1."):
            return command
    raise ToolMissing("Docker Compose 2")


CHECKS: Final = (
    Check(name="compose-rules", run=check_rules, is_fast=True),
    Check(name="compose-config", run=check_config, is_fast=True),
)
