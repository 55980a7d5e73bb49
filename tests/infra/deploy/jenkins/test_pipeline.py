"""The Jenkinsfile in its harness, and broken ones, which the harness must refuse."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from infra.deploy.verify.jenkins import (
    JENKINSFILE,
    SCENARIOS,
    PipelineRun,
    Scenario,
    check_scripts,
    problems_of,
    run_pipelines,
)

SOURCE: Final = JENKINSFILE.read_text()
DEV: Final = Scenario(name="dev", parameters={"ENVIRONMENT": "dev"})
PROD_FROM_A_BRANCH: Final = next(one for one in SCENARIOS if one.name == "prod from a branch")
FAILING_HEALTH: Final = next(one for one in SCENARIOS if one.name == "a failing health check")

needs_groovy = pytest.mark.skipif(
    shutil.which("groovy") is None, reason="needs Groovy (Debian: groovy, default-jre-headless)"
)


def with_change(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new, 1)


# Name → the broken file, the scenario it breaks in, and what must be said of it.
BROKEN: Final[Mapping[str, tuple[str, Scenario, str]]] = {
    "a misspelt directive": (with_change("stages {", "stagez {"), DEV, "'stagez' is no directive"),
    "an unknown step": (
        with_change("sh 'make --no-print-directory lint'", "bat 'make lint'"),
        DEV,
        "no step is named 'bat'",
    ),
    "an unknown argument": (
        with_change("allowEmptyResults: false", "allowNoResults: true"),
        DEV,
        "junit has no argument allowNoResults",
    ),
    "an unknown post condition": (
        with_change("        cleanup {", "        finally_ {"),
        DEV,
        "'finally_' is no directive of post",
    ),
    "Groovy outside script": (
        with_change("sh 'infra/deploy/jenkins/schema_diff.sh'", "def x = 1"),
        DEV,
        "expected a step",
    ),
    "a script that is not there": (
        with_change("jenkins/scan.sh", "jenkins/scam.sh"),
        DEV,
        "scam.sh is no program of the repository",
    ),
    "a secret in a command line": (
        with_change("sh 'infra/deploy/jenkins/push_image.sh'", 'sh "push ${env.AWS_ROLE_ARN}"'),
        DEV,
        "single-quoted",
    ),
    "a parameter that does not exist": (
        with_change("name: 'STRATEGY'", "name: 'MANNER'"),
        Scenario(name="dev", parameters={"STRATEGY": "canary"}),
        "no parameter is named STRATEGY",
    ),
    "no agent": (with_change("agent { label 'taskwire-build' }", ""), DEV, "needs an agent"),
    "no guard of production": (
        with_change("env.BRANCH_NAME != 'main'", "env.BRANCH_NAME == 'nowhere'"),
        PROD_FROM_A_BRANCH,
        "ended as SUCCESS",
    ),
    "no rollback": (
        with_change("env.IS_DEPLOYED = 'true'", "env.WAS_DEPLOYED = 'true'"),
        FAILING_HEALTH,
        "'scripts/rollback.sh' is missing",
    ),
    "production without approval": (
        with_change("input message:", "echo 'no one asks' //"),
        next(one for one in SCENARIOS if one.name == "prod from main, not approved"),
        "ended as SUCCESS",
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, PipelineRun]:
    """Every scenario of the real file and every broken one, by name."""
    folder = tmp_path_factory.mktemp("jenkinsfiles")

    def file_of(name: str) -> Path:
        path = folder / name.replace(" ", "-")
        path.write_text(BROKEN[name][0])
        return path

    demanded = {scenario.name: (JENKINSFILE, scenario) for scenario in SCENARIOS}
    broken = {name: (file_of(name), scenario) for name, (_, scenario, _) in BROKEN.items()}
    pairs = {**demanded, **broken}
    return dict(zip(pairs, run_pipelines(list(pairs.values())), strict=True))


@needs_groovy
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_pipeline_does_what_the_situation_demands(
    scenario: Scenario, runs: Mapping[str, PipelineRun]
) -> None:
    assert problems_of(scenario, runs[scenario.name]) == []


@needs_groovy
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pipeline_is_found(name: str, runs: Mapping[str, PipelineRun]) -> None:
    _, scenario, said = BROKEN[name]

    assert said in "\n".join(problems_of(scenario, runs[name]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda script: script.write_text("if true; then\n"), "syntax error"),
        (lambda script: script.unlink(), "no scripts were found"),
    ],
    ids=["a script that does not parse", "no script at all"],
)
def test_broken_scripts_are_found(
    change: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    script = tmp_path / "deploy.sh"
    script.write_text("true\n")
    change(script)

    outcome = check_scripts(tmp_path)

    assert outcome.status == "failed"
    assert said in outcome.detail
