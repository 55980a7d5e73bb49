"""The checks that call a program, each with a sample that is sound and one that is broken."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.deploy.verify import terraform
from infra.deploy.verify.check import Outcome

pytestmark = pytest.mark.timeout(300)
needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="terraform is not installed"
)
# Terraform's own resource, so that no provider need be loaded.
NAME = 'resource "terraform_data" "this" {\n  input = "sample"\n}\n'
TEST = """run "sample" {
  command = plan

  assert {
    condition     = terraform_data.this.input == "sample"
    error_message = "The input has another name."
  }
}
"""


def a_configuration(folder: Path, main: str = NAME) -> Path:
    (folder / "sample" / "tests").mkdir(parents=True)
    (folder / "sample" / "main.tf").write_text(main)
    (folder / "sample" / "tests" / "sample.tftest.hcl").write_text(TEST)
    return folder


def a_checkov(folder: Path, report: object) -> None:
    """Put a program of that name on the PATH that prints the report."""
    folder.mkdir()
    program = folder / "checkov"
    (folder / "report.json").write_text(json.dumps(report))
    program.write_text(f"#!/bin/sh\ncat {folder / 'report.json'}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@needs_terraform
def test_files_as_fmt_writes_them_pass(tmp_path: Path) -> None:
    assert terraform.check_format(a_configuration(tmp_path)).status == "passed"


@needs_terraform
@pytest.mark.parametrize("main", [NAME.replace("  input =", "input   ="), NAME[:-2]])
def test_files_that_fmt_would_change_or_cannot_read_fail(tmp_path: Path, main: str) -> None:
    assert terraform.check_format(a_configuration(tmp_path, main)).status == "failed"


@needs_terraform
@pytest.mark.parametrize(
    ("check", "broken", "told"),
    [
        (terraform.validate, NAME.replace("input =", "inputs ="), "inputs"),
        (terraform.run_tests, NAME.replace('"sample"', '"other"'), "another name"),
    ],
)
def test_a_broken_configuration_fails_with_what_terraform_says(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    check: Callable[..., Outcome],
    broken: str,
    told: str,
) -> None:
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(tmp_path))
    places = [Path("sample")]
    passed = check(a_configuration(tmp_path / "sound"), places=places)
    failed = check(a_configuration(tmp_path / "broken", broken), places=places)
    assert passed.status == "passed"
    assert failed.status == "failed"
    assert told in failed.detail


@needs_terraform
def test_an_environment_without_the_three_providers_has_no_plan(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(tmp_path))
    with pytest.raises(RuntimeError, match="replica"):
        terraform.plan_offline(a_configuration(tmp_path) / "sample")


def test_a_plan_of_resources_has_no_faults() -> None:
    assert terraform.find_fault_of_plan({"resource_changes": [{"address": "aws_vpc.this"}]}) is None


@pytest.mark.parametrize(
    ("plan", "fault"),
    [
        ({"resource_changes": []}, "the plan is empty"),
        (
            {"resource_changes": [{"after": "not-a-real-key-abcdefghijklmnopqrstuvwxyz"}]},
            "secret_key is in the plan",
        ),
    ],
)
def test_a_plan_that_is_empty_or_shows_a_secret_is_refused(
    plan: dict[str, object], fault: str
) -> None:
    assert terraform.find_fault_of_plan(plan) == fault


def test_a_named_mirror_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TF_PLUGIN_MIRROR", str(tmp_path))
    assert terraform.find_mirror() == tmp_path


def test_policies_that_hold_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    summary = {"passed": 7, "failed": 0, "skipped": 1, "parsing_errors": 0}
    a_checkov(tmp_path / "bin", {"summary": summary, "results": {"failed_checks": []}})
    monkeypatch.setattr(terraform, "get_tool", lambda name: str(tmp_path / "bin" / name))
    outcome = terraform.check_policies(a_configuration(tmp_path / "sources"))
    assert outcome == Outcome(status="passed", detail="7 policies hold, 1 skipped with a reason")


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        ({"passed": 7, "failed": 1, "skipped": 0, "parsing_errors": 0}, "CKV_X sample: Encrypt it"),
        ({"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0}, "nothing to judge"),
    ],
)
def test_policies_that_do_not_hold_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, summary: dict[str, int], told: str
) -> None:
    finding = {"check_id": "CKV_X", "resource": "sample", "check_name": "Encrypt it"}
    a_checkov(tmp_path / "bin", {"summary": summary, "results": {"failed_checks": [finding]}})
    monkeypatch.setattr(terraform, "get_tool", lambda name: str(tmp_path / "bin" / name))
    outcome = terraform.check_policies(a_configuration(tmp_path / "sources"))
    assert outcome.status == "failed"
    assert told in outcome.detail
