from pathlib import Path

import pytest

from infra.deploy.verify.terraform import CHECKS, SOURCES, read_sources
from infra.deploy.verify.terraform_sources import find_configurations, find_faults

VERSIONS = """terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
"""
VARIABLE = """variable "port" {
  description = "Where it listens."
  type        = number

  validation {
    condition     = var.port > 0
    error_message = "The port should be positive."
  }
}
"""
INGRESS = """resource "aws_vpc_security_group_ingress_rule" "open" {
  security_group_id = "sg-1"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
"""


def a_module(folder: Path, main: str = VARIABLE, *, versions: str = VERSIONS) -> Path:
    """A folder with one module that breaks no rule, unless what it is made of does."""
    module = folder / "modules" / "sample"
    (module / "tests").mkdir(parents=True)
    (module / "main.tf").write_text(main)
    (module / "versions.tf").write_text(versions)
    (module / "tests" / "sample.tftest.hcl").write_text('run "sample" {}\n')
    return folder


@pytest.mark.parametrize("main", [VARIABLE, INGRESS])
def test_sound_sources_have_no_faults(tmp_path: Path, main: str) -> None:
    assert find_faults(a_module(tmp_path, main)) == []


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        ("  type        = number\n", "", "variable port has no type"),
        ('  description = "Where it listens."\n', "", "variable port has no description"),
        ("  validation {", "  lifecycle {", "variable port is not validated"),
    ],
)
def test_a_variable_that_is_not_complete_is_named(
    tmp_path: Path, sound: str, broken: str, fault: str
) -> None:
    main = VARIABLE.replace(sound, broken)
    assert find_faults(a_module(tmp_path, main)) == [f"modules/sample/main.tf: {fault}"]


def test_a_bool_needs_no_validation_but_may_not_be_null(tmp_path: Path) -> None:
    flag = 'variable "is_on" {\n  description = "Whether it is on."\n  type        = bool\n'
    sound = a_module(tmp_path / "sound", flag + "  nullable    = false\n}\n")
    broken = a_module(tmp_path / "broken", flag + "}\n")
    assert find_faults(sound) == []
    assert find_faults(broken) == ["modules/sample/main.tf: variable is_on is not validated"]


@pytest.mark.parametrize(
    ("main", "fault"),
    [
        ('output "port" {\n  value = 1\n}\n', "output port is not described"),
        (
            'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n',
            "module vpc is not one of this folder",
        ),
        (
            'resource "random_password" "this" {\n  length = 24\n}\n',
            "resource random_password this belongs to another provider",
        ),
        (
            INGRESS.replace("443", "22"),
            "resource aws_vpc_security_group_ingress_rule open opens more than 443 to the world",
        ),
        (
            INGRESS.replace("to_port           = 443", "to_port           = 8443"),
            "resource aws_vpc_security_group_ingress_rule open opens more than 443 to the world",
        ),
        (
            'resource "aws_security_group" "this" {\n  ingress {\n    from_port = 22\n  }\n}\n',
            "resource aws_security_group this has rules inside, where they cannot be told apart",
        ),
    ],
)
def test_a_block_that_breaks_a_rule_is_named(tmp_path: Path, main: str, fault: str) -> None:
    assert find_faults(a_module(tmp_path, main)) == [f"modules/sample/main.tf: {fault}"]


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        ("~> 5.100", ">= 5.0", 'does not pin the provider to "~> 5.100"'),
        ("hashicorp/aws", "hashicorp/random", "needs another provider than hashicorp/aws"),
        ("required_version", "# required_version", "names no version of Terraform"),
    ],
)
def test_requirements_other_than_the_agreed_ones_are_named(
    tmp_path: Path, sound: str, broken: str, fault: str
) -> None:
    folder = a_module(tmp_path, versions=VERSIONS.replace(sound, broken))
    assert find_faults(folder) == [f"modules/sample/versions.tf: terraform {fault}"]


@pytest.mark.parametrize("skip", ["#checkov:skip=CKV_AWS_18", "#checkov:skip=CKV_AWS_18:later"])
def test_a_policy_skipped_without_a_reason_is_named(tmp_path: Path, skip: str) -> None:
    main = f'resource "aws_s3_bucket" "this" {{\n  {skip}\n  bucket = "b"\n}}\n'
    fault = "modules/sample/main.tf:2 skips CKV_AWS_18 without a reason"
    assert find_faults(a_module(tmp_path, main)) == [fault]


def test_a_module_without_tests_is_named(tmp_path: Path) -> None:
    folder = a_module(tmp_path)
    (folder / "modules/sample/tests/sample.tftest.hcl").unlink()
    assert find_faults(folder) == ["modules/sample has no tests"]


def test_a_line_that_fmt_would_change_is_named(tmp_path: Path) -> None:
    folder = a_module(tmp_path, VARIABLE + "\n# trails \n")
    assert find_faults(folder) == ["modules/sample/main.tf:11 is not as terraform fmt writes it"]


def test_an_empty_folder_proves_nothing(tmp_path: Path) -> None:
    assert read_sources(tmp_path).status == "failed"


def test_the_sources_of_the_project_have_no_faults() -> None:
    assert find_faults(SOURCES) == []


def test_every_environment_and_module_is_a_configuration() -> None:
    names = {str(place) for place in find_configurations(SOURCES)}
    assert {f"environments/{name}" for name in ("dev", "uat", "prod")} <= names
    modules = {f"modules/{path.name}" for path in (SOURCES / "modules").iterdir()}
    assert len(modules) == 14
    assert modules <= names


def test_the_fast_checks_need_no_provider() -> None:
    fast = [check.name for check in CHECKS if check.is_fast]
    assert fast == ["terraform sources", "terraform fmt"]
