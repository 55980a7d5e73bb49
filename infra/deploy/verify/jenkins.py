"""The Jenkinsfile, run in its harness: which stages and post blocks run in which situation."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, get_tool, run_command

JENKINSFILE: Final = ROOT / "Jenkinsfile"
_HARNESS: Final = ROOT / "infra/deploy/jenkins/harness.groovy"
_SCRIPTS: Final = ROOT / "infra/deploy/jenkins"
_HARNESS_SECONDS: Final = 150.0
_STAGES: Final = (
    "Initialize & Validation",
    "Code Quality & Security",
    "Build & Test",
    "Security & Validation",
    "Deployment & Verification",
    "Performance & Monitoring",
)
_BRANCHES: Final = ("Backend", "Client")
_DEPLOY: Final = "scripts/deploy.sh"
_ROLL_BACK: Final = "scripts/rollback.sh"
_SUCCESS_NOTICE: Final = "notify.sh success"
_FAILURE_NOTICE: Final = "notify.sh failure"
_COUNTED: Final = "push_deployment.sh failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A run of the pipeline, and what must come of it.

    fail: parts of commands that fail. last_stage: the last of the six that begins.
    happens, never: parts of events, each found or not; happens in this order.
    """

    name: str
    branch: str = "main"
    parameters: Mapping[str, str]
    fail: tuple[str, ...] = ()
    is_approved: bool = True
    result: str = "SUCCESS"
    last_stage: str = _STAGES[-1]
    happens: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """What the harness saw of a scenario."""

    result: str
    reason: str
    events: tuple[str, ...]


_DEPLOYED: Final = (_DEPLOY, "verify_health", "smoke_test", "load_test", "update_monitoring")

SCENARIOS: Final = (
    Scenario(
        name="dev from a branch",
        branch="feature/boards",
        parameters={"ENVIRONMENT": "dev"},
        happens=(*_DEPLOYED, "post pipeline: success", _SUCCESS_NOTICE, "deleteDir"),
        never=("input", _ROLL_BACK, _FAILURE_NOTICE, "taskwire-prod"),
    ),
    Scenario(
        name="uat, blue-green",
        parameters={"ENVIRONMENT": "uat", "STRATEGY": "blue-green"},
        happens=(*_DEPLOYED, _SUCCESS_NOTICE),
        never=("input", _ROLL_BACK),
    ),
    Scenario(
        name="prod from main, approved",
        parameters={"ENVIRONMENT": "prod", "STRATEGY": "canary", "VERSION": "1.2.3"},
        happens=("input Deploy 1.2.3 to production (canary)?", *_DEPLOYED, _SUCCESS_NOTICE),
        never=(_ROLL_BACK,),
    ),
    Scenario(
        name="prod from main, not approved",
        parameters={"ENVIRONMENT": "prod"},
        is_approved=False,
        result="ABORTED",
        last_stage="Deployment & Verification",
        happens=("input", "post pipeline: unsuccessful", _FAILURE_NOTICE),
        never=("push_image", _DEPLOY, _ROLL_BACK, "taskwire-prod-role"),
    ),
    Scenario(
        name="prod from a branch",
        branch="feature/boards",
        parameters={"ENVIRONMENT": "prod"},
        result="FAILURE",
        last_stage="Initialize & Validation",
        happens=(_FAILURE_NOTICE, "deleteDir"),
        never=("make", "push_image", _DEPLOY, _ROLL_BACK),
    ),
    Scenario(
        name="an unknown environment",
        parameters={"ENVIRONMENT": "staging"},
        result="REFUSED",
        last_stage="",
    ),
    Scenario(
        name="a failing test",
        parameters={"ENVIRONMENT": "dev"},
        fail=("test_backend",),
        result="FAILURE",
        last_stage="Build & Test",
        # The other branch ends, and both publish their reports.
        happens=("junit reports/backend.xml", "test_client", "junit reports/client", "failure"),
        never=("build_image", _DEPLOY, _ROLL_BACK, _COUNTED),
    ),
    Scenario(
        name="a failing scan",
        parameters={"ENVIRONMENT": "uat"},
        fail=("scan.sh",),
        result="FAILURE",
        last_stage="Security & Validation",
        happens=("scan.sh", "archive reports/sbom", _FAILURE_NOTICE),
        never=("push_image", _DEPLOY, _ROLL_BACK),
    ),
    Scenario(
        name="a failing health check",
        parameters={"ENVIRONMENT": "prod"},
        fail=("verify_health",),
        result="FAILURE",
        last_stage="Deployment & Verification",
        happens=(
            _DEPLOY,
            "verify_health",
            "taskwire-prod-role",
            _ROLL_BACK,
            _COUNTED,
            _FAILURE_NOTICE,
        ),
        never=("smoke_test", "load_test", "update_monitoring"),
    ),
    Scenario(
        name="thresholds not met under load",
        parameters={"ENVIRONMENT": "uat"},
        fail=("load_test",),
        result="FAILURE",
        happens=("load_test", "archive reports/k6", _ROLL_BACK, _COUNTED, _FAILURE_NOTICE),
        never=("update_monitoring",),
    ),
    Scenario(
        name="a rollback that fails",
        parameters={"ENVIRONMENT": "uat"},
        fail=("verify_health", _ROLL_BACK),
        result="FAILURE",
        last_stage="Deployment & Verification",
        happens=(_ROLL_BACK, _COUNTED, _FAILURE_NOTICE, "deleteDir"),
    ),
)


def run_pipelines(runs: Sequence[tuple[Path, Scenario]]) -> tuple[PipelineRun, ...]:
    """Return what the harness saw of each Jenkinsfile in its scenario. ToolMissing without Groovy.

    All in one call: a virtual machine of Java starts slowly.
    """
    with tempfile.TemporaryDirectory(prefix="taskwire-jenkins-") as folder:
        path = Path(folder, "scenarios.json")
        path.write_text(json.dumps([_as_json(file, scenario) for file, scenario in runs]))
        command = [get_tool("groovy"), str(_HARNESS), str(path)]
        run = run_command(command, seconds=_HARNESS_SECONDS)
    if run.status != 0:
        raise ValueError(f"the harness failed: {run.tail}")
    told = [json.loads(line) for line in run.output.splitlines() if line.startswith("{")]
    return tuple(
        PipelineRun(result=one["result"], reason=one["reason"], events=tuple(one["events"]))
        for one in told
    )


def _as_json(jenkinsfile: Path, scenario: Scenario) -> dict[str, object]:
    return {
        "jenkinsfile": str(jenkinsfile),
        "name": scenario.name,
        "branch": scenario.branch,
        "params": dict(scenario.parameters),
        "fail": list(scenario.fail),
        "isApproved": scenario.is_approved,
        "root": str(ROOT),
    }


def problems_of(scenario: Scenario, run: PipelineRun) -> list[str]:
    """Return where the run differs from what the scenario demands."""
    problems = []
    if run.result != scenario.result:
        problems.append(f"ended as {run.result} ({run.reason}), not as {scenario.result}")
    begun = [event.removeprefix("stage ") for event in run.events if event.startswith("stage ")]
    wanted = list(_STAGES[: _STAGES.index(scenario.last_stage) + 1]) if scenario.last_stage else []
    if [name for name in begun if name not in _BRANCHES] != wanted:
        problems.append(f"began {begun}, not {wanted}")
    problems += [
        f"'{part}' happened" for part in scenario.never for event in run.events if part in event
    ]
    position = 0
    for part in scenario.happens:
        places = [i for i, event in enumerate(run.events) if i >= position and part in event]
        if not places:
            problems.append(f"'{part}' is missing, or comes too early")
        else:
            position = places[0]
    return [f"{scenario.name}: {problem}" for problem in problems]


def check_pipeline(jenkinsfile: Path = JENKINSFILE) -> Outcome:
    """Run every scenario through the Jenkinsfile."""
    runs = run_pipelines([(jenkinsfile, scenario) for scenario in SCENARIOS])
    problems = [
        problem
        for scenario, run in zip(SCENARIOS, runs, strict=True)
        for problem in problems_of(scenario, run)
    ]
    if problems:
        return Outcome(status="failed", detail="\n".join(problems))
    return Outcome(
        status="passed", detail=f"{len(SCENARIOS)} situations, stages and post blocks as expected"
    )


def check_scripts(folder: Path = _SCRIPTS) -> Outcome:
    """Let bash parse every script of the pipeline."""
    bash = get_tool("bash")
    scripts = sorted(folder.glob("*.sh"))
    broken = [
        run.tail for path in scripts if (run := run_command([bash, "-n", str(path)])).status != 0
    ]
    if broken or not scripts:
        return Outcome(status="failed", detail="\n".join(broken) or "no scripts were found")
    return Outcome(status="passed", detail=f"{len(scripts)} scripts parse")


CHECKS: Final = (
    Check(name="jenkins-pipeline", run=check_pipeline, is_fast=True),
    Check(name="jenkins-scripts", run=check_scripts, is_fast=True),
)
