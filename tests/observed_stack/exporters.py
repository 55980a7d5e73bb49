"""The exporters beside the running stack: real ones over what it really runs on, and stand-ins."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import Purpose, create_default_context
from typing import Any, Final

import httpx
import trustme
import yaml

from infra.embedded.ports import LOOPBACK, free_ports
from tests.infra.deploy.observability.monitoring import (
    TargetGroup,
    on_port,
    running,
    wait_until_ready,
)
from tests.infra.deploy.observability.programs import OBSERVABILITY, ROOT, program
from tests.infra.front_door import front_door
from tests.observed_stack.stand_ins import STAND_IN_BY_JOB, serving

TargetsByJob = dict[str, list[TargetGroup]]

_BLACKBOX: Final = "prometheus-blackbox-exporter"
# With all of them every query of a dashboard has data.
PROGRAMS: Final = (
    _BLACKBOX,
    "prometheus-node-exporter",
    "prometheus-postgres-exporter",
    "prometheus-pushgateway",
    "prometheus-redis-exporter",
)
_SCRIPTS: Final = Path("infra") / "deploy" / "jenkins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """A program, and what it is told besides the port it listens on."""

    program: str
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None


@asynccontextmanager
async def exporters(folder: Path, state: Mapping[str, Any]) -> AsyncIterator[TargetsByJob]:
    """What there is to scrape besides Taskwire, until the block ends.

    state: what the stack wrote about itself. One of the machines is gone, and exporters that are
    not installed are left out.
    """
    exporter_by_job = {
        job: exporter for job, exporter in _exporter_by_job(state).items() if exporter.is_installed
    }
    jobs = [*exporter_by_job, *STAND_IN_BY_JOB]
    blackbox_port, gone_port, *ports = free_ports(2 + len(jobs))
    port_by_job = dict(zip(jobs, ports, strict=True))
    async with AsyncExitStack() as stack:
        for job, exporter in exporter_by_job.items():
            stack.enter_context(
                running(
                    _command(exporter, port_by_job[job]),
                    folder / f"{job}-exporter.log",
                    variables=exporter.variables,
                )
            )
        for job, stand_in in STAND_IN_BY_JOB.items():
            stack.enter_context(serving(stand_in.families, port_by_job[job]))
        targets: TargetsByJob = {
            **{job: [on_port(port_by_job[job])] for job in exporter_by_job},
            **{
                job: [on_port(port_by_job[job], **stand_in.labels)]
                for job, stand_in in STAND_IN_BY_JOB.items()
            },
        }
        targets.setdefault("node", []).append(on_port(gone_port))
        if shutil.which(_BLACKBOX) is not None:
            site = await stack.enter_async_context(_probed_site(folder, blackbox_port, state))
            targets["blackbox"] = [site]
        yield targets


def _exporter_by_job(state: Mapping[str, Any]) -> dict[str, Exporter]:
    queries = OBSERVABILITY / "postgres" / "queries.yml"
    return {
        "node": Exporter(program="prometheus-node-exporter"),
        "postgres": Exporter(
            program="prometheus-postgres-exporter",
            # PostgreSQL 17 moved what the collector of that name asks for.
            arguments=(f"--extend.query-path={queries}", "--no-collector.bgwriter"),
            variables={"DATA_SOURCE_NAME": f"{state['database_url']}?sslmode=disable"},
        ),
        "redis": Exporter(
            program="prometheus-redis-exporter", variables={"REDIS_ADDR": state["redis_url"]}
        ),
        "pushgateway": Exporter(
            program="prometheus-pushgateway", arguments=("--persistence.file=",)
        ),
    }


def _command(exporter: Exporter, port: int) -> list[str]:
    listening = f"--web.listen-address={LOOPBACK}:{port}"
    return [program(exporter.program), listening, *exporter.arguments]


@asynccontextmanager
async def _probed_site(
    folder: Path, port: int, state: Mapping[str, Any]
) -> AsyncIterator[TargetGroup]:
    """The web process behind TLS, with a certificate of today, and who looks at it from outside."""
    authority = trustme.CA()
    context = create_default_context(Purpose.CLIENT_AUTH)
    authority.issue_cert(LOOPBACK).configure_cert(context)
    trusted = folder / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    probe = {"prober": "http", "http": {"tls_config": {"ca_file": str(trusted)}}}
    config = folder / "blackbox.yml"
    config.write_text(yaml.safe_dump({"modules": {"http_2xx": probe}}))
    exporter = Exporter(program=_BLACKBOX, arguments=(f"--config.file={config}",))
    behind = httpx.URL(state["url"]).port
    assert behind is not None
    async with front_door(behind, context=context) as door:
        with running(_command(exporter, port), folder / "blackbox-exporter.log"):
            yield {
                "targets": [f"https://{LOOPBACK}:{door}/readyz"],
                "labels": {"environment": "prod", "exporter": f"{LOOPBACK}:{port}"},
            }


def push_deployment(folder: Path, outcome: str, gateway: TargetGroup) -> None:
    """Tell the Pushgateway of a deployment to production, as the pipeline does.

    folder: takes a copy of the pipeline's scripts, which write their reports beside them.
    """
    [address] = gateway["targets"]
    url = f"http://{address}"
    with httpx.Client(base_url=url, timeout=10) as client:
        wait_until_ready(client, folder / "pushgateway-exporter.log")
    shutil.copytree(ROOT / _SCRIPTS, folder / _SCRIPTS, dirs_exist_ok=True)
    done = subprocess.run(  # noqa: S603 - our own script
        [program("bash"), str(_SCRIPTS / "push_deployment.sh"), outcome],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "ENVIRONMENT": "prod",
            "RELEASE": "1.2.3",
            "STRATEGY": "canary",
            "PUSHGATEWAY_URL": url,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
