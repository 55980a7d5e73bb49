import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from infra.deploy.verify.__main__ import main
from infra.deploy.verify.check import Outcome
from infra.deploy.verify.programs import ROOT, ToolMissing, get_tool, outcome_of, run_command
from infra.deploy.verify.runner import (
    BrokenCheckList,
    Verdict,
    find_checks,
    report,
    run_apart,
    run_here,
)

SAMPLES = "tests.infra.deploy.verify.sample_checks"
BROKEN = "tests.infra.deploy.verify.broken_checks"


def call(*arguments: str, package: str = SAMPLES) -> Result:
    return CliRunner().invoke(main, ["--package", package, *arguments])


def test_fast_checks_come_first() -> None:
    checks = find_checks(SAMPLES)

    assert [check.is_fast for check in checks] == [True] * 4 + [False] * 3


def test_the_projects_own_checks_have_names_of_their_own() -> None:
    assert {"jenkins-pipeline", "image-lint"} <= {check.name for check in find_checks()}


def test_two_checks_with_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = find_checks(SAMPLES)[:1] * 2
    monkeypatch.setattr(f"{SAMPLES}.samples.CHECKS", twice)

    with pytest.raises(BrokenCheckList, match="several checks are named passing"):
        find_checks(SAMPLES)


def test_a_module_that_cannot_be_imported_is_a_failed_check() -> None:
    (check,) = find_checks(BROKEN)

    outcome = run_here(check)

    assert check.name == "unimportable"
    assert outcome.status == "failed"
    assert "no module named what is missing" in outcome.detail


@pytest.mark.parametrize(
    ("name", "status", "detail"),
    [
        ("passing", "passed", "all is well"),
        ("failing", "failed", "line 3 is wrong\nand line 4"),
        ("raising", "failed", "ValueError: a fault of the check itself"),
        ("skipping", "skipped", "taskwire-no-such-program is not installed"),
    ],
)
def test_a_check_that_runs_here_has_an_outcome(name: str, status: str, detail: str) -> None:
    check_by_name = {check.name: check for check in find_checks(SAMPLES)}

    outcome = run_here(check_by_name[name])

    assert (outcome.status, outcome.detail) == (status, detail)


def test_a_check_that_hangs_fails_when_its_time_is_up() -> None:
    verdict = run_apart("hanging", seconds=3, package_name=SAMPLES)

    assert verdict.outcome == Outcome(status="failed", detail="not done within 3 s")


def test_a_check_whose_process_vanishes_has_failed() -> None:
    verdict = run_apart("vanishing", seconds=60, package_name=SAMPLES)

    assert verdict.outcome.detail == "the check's process ended with status 7"


def test_one_failure_makes_the_run_fail_and_is_told_again_at_the_end() -> None:
    result = call("--only", "passing", "--only", "failing", "--only", "skipping")

    assert result.exit_code == 1
    assert result.output.endswith(
        "\n1 passed, 1 failed, 1 skipped\n"
        "  failed: failing: line 3 is wrong\n"
        "  skipped: skipping: taskwire-no-such-program is not installed\n"
    )
    assert "        and line 4\n" in result.output


def test_a_run_without_failures_succeeds() -> None:
    assert call("--only", "passing", "--only", "skipping").exit_code == 0


def test_the_fast_form_leaves_slow_checks_out() -> None:
    listed = call("--fast", "--list").output.splitlines()

    assert listed == [f"{name}  (fast)" for name in ("passing", "failing", "raising", "skipping")]


def test_an_unknown_name_is_a_usage_error() -> None:
    result = call("--only", "nothing-such")

    assert result.exit_code == 2
    assert "no check is named 'nothing-such'" in result.output


def test_a_skip_is_never_counted_as_passed() -> None:
    skipped = Verdict(
        name="k6", outcome=Outcome(status="skipped", detail="k6 is not installed"), seconds=0
    )

    assert report([skipped]).startswith("0 passed, 0 failed, 1 skipped")


def test_the_runner_is_a_program_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.deploy.verify", "--list", "--fast"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert "jenkins-pipeline  (fast)" in done.stdout


def test_a_program_that_fails_gives_a_failed_outcome_with_the_end_of_its_output() -> None:
    run = run_command(["/bin/sh", "-c", "for i in $(seq 40); do echo line $i; done; exit 3"])

    outcome = outcome_of(run, verified="nothing")

    assert outcome.status == "failed"
    assert outcome.detail.splitlines()[0] == "line 21"


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError, match="took longer than 0 s"):
        run_command(["/bin/sh", "-c", "exec cat < /dev/zero > /dev/null"], seconds=0.2)


def test_an_own_tool_goes_before_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sh").write_text("#!/bin/sh\n")
    monkeypatch.setattr("infra.deploy.verify.programs.TOOLS", tmp_path)

    assert get_tool("sh") == str(tmp_path / "sh")


def test_a_missing_tool_is_named() -> None:
    with pytest.raises(ToolMissing, match="taskwire-no-such-program is not installed"):
        get_tool("taskwire-no-such-program")
