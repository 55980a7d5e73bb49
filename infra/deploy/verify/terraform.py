"""The Terraform sources, from reading them to a plan of each environment by the real provider."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, Run, ToolMissing, get_tool, outcome_of, run_command
from infra.deploy.verify.terraform_sources import find_configurations, find_faults

SOURCES: Final = ROOT / "infra/deploy/terraform"
ENVIRONMENTS: Final = ("dev", "uat", "prod")
_PROVIDER_TREE: Final = "hashicorp/aws"
# Searching these would take long, or never end.
_NOT_SEARCHED: Final = frozenset({"proc", "sys", "dev", "run", "tmp"})
# One configuration, on a machine that does other work too.
_STEP_SECONDS: Final = 600.0
# Checkov follows every module into every environment.
_POLICY_SECONDS: Final = 1500.0
# Fits no account; the plan asks AWS nothing.
_PLAN_VARIABLES: Final[Mapping[str, object]] = {
    "account_id": "111122223333",
    "domain_name": "tasks.example.com",
    "alert_emails": ["operations@example.com"],
    "administrator_role_arns": ["arn:aws:iam::111122223333:role/deployer"],
    "database_password": "not-a-real-password-0123456789",
    "cache_auth_token": "not-a-real-token-abcdefghijklmnopqrstuvwxyz",  # pragma: allowlist secret
    "secret_key": "not-a-real-key-abcdefghijklmnopqrstuvwxyz",  # pragma: allowlist secret
    "database_ca": "-----BEGIN CERTIFICATE-----",
    "backup_certificate": "-----BEGIN CERTIFICATE-----",
}
_OFFLINE_PROVIDER: Final = """
provider "aws" {{
{alias}
  access_key                  = "offline"
  secret_key                  = "offline"
  allowed_account_ids         = null
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}}
"""


def find_mirror() -> Path:
    """Return the folder that `-plugin-dir` takes: TF_PLUGIN_MIRROR, or the first one found.

    Raises ToolMissing when the machine has no copy of the provider.
    """
    named = os.environ.get("TF_PLUGIN_MIRROR")
    if named:
        return Path(named)
    roots = [path for path in Path("/").iterdir() if path.name not in _NOT_SEARCHED]
    for root in (*sorted(roots), Path.home() / ".terraform.d"):
        for depth in range(4):
            for tree in root.glob("*/" * depth + _PROVIDER_TREE):
                # <mirror>/<host>/hashicorp/aws
                return tree.parents[2]
    raise ToolMissing(f"a mirror of the provider {_PROVIDER_TREE} (TF_PLUGIN_MIRROR)")


@contextmanager
def _copy_of(sources: Path) -> Iterator[Path]:
    """A copy to work in: Terraform leaves its own files beside what it reads."""
    with tempfile.TemporaryDirectory(prefix="taskwire-terraform-") as folder:
        copy = Path(folder, "terraform")
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfplan")
        shutil.copytree(sources, copy, symlinks=True, ignore=ignored)
        yield copy


def _terraform(arguments: Sequence[str], *, cwd: Path) -> Run:
    quiet = {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    configuration = os.environ.get("TF_CLI_CONFIG_FILE")
    if configuration and not Path(configuration).is_file():
        # Terraform refuses a file that does not exist, and takes an empty name for none.
        quiet["TF_CLI_CONFIG_FILE"] = ""
    command = [get_tool("terraform"), *arguments, "-no-color"]
    return run_command(command, cwd=cwd, environment=quiet, seconds=_STEP_SECONDS)


def _init(place: Path, *, has_backend: bool = False) -> Run:
    backend = [] if has_backend else ["-backend=false"]
    plugins = f"-plugin-dir={find_mirror()}"
    return _terraform(["init", *backend, "-input=false", plugins], cwd=place)


def _run_in_each(sources: Path, places: Sequence[Path], command: str) -> Outcome:
    """Run the command in each configuration, one after the other: each needs a gigabyte."""
    failures = []
    with _copy_of(sources) as copy:
        for place in places:
            run = _init(copy / place)
            if run.status == 0:
                run = _terraform([command], cwd=copy / place)
            if run.status != 0:
                failures.append(f"{place}:\n{run.tail}")
    if failures:
        return Outcome(status="failed", detail="\n".join(failures))
    return Outcome(
        status="passed",
        detail=f"terraform {command} passes for {', '.join(map(str, places))}",
    )


def read_sources(sources: Path = SOURCES) -> Outcome:
    """Hold the sources to the project's rules: typed, described, validated, pinned, closed."""
    faults = find_faults(sources)
    if faults:
        return Outcome(status="failed", detail="\n".join(faults))
    return Outcome(
        status="passed",
        detail="variables are typed, described and validated, the provider is pinned, "
        "only 443 is open to the world, every skipped policy has its reason",
    )


def check_format(sources: Path = SOURCES) -> Outcome:
    """Let `terraform fmt` read every file, which finds faults of syntax too."""
    run = _terraform(["fmt", "-check", "-diff", "-recursive"], cwd=sources)
    return outcome_of(run, verified="every file is as terraform fmt writes it")


def validate(sources: Path = SOURCES, *, places: Sequence[Path] | None = None) -> Outcome:
    """Let the real provider check the types and names of everything an environment is made of.

    Modules are validated as parts of the environments: those that take several providers can't
    be alone.
    """
    chosen = places or [Path("bootstrap"), *(Path("environments", name) for name in ENVIRONMENTS)]
    return _run_in_each(sources, chosen, "validate")


def run_tests(sources: Path = SOURCES, *, places: Sequence[Path] | None = None) -> Outcome:
    """Run the tests of every module and environment against a mocked provider."""
    return _run_in_each(sources, places or find_configurations(sources), "test")


def plan_offline(place: Path) -> dict[str, object]:
    """Return the plan of an environment as the real provider makes it, with AWS out of reach.

    Raises RuntimeError with what Terraform said where it makes none.
    """
    aliases = ("", '  alias = "replica"', '  alias = "us_east_1"')
    override = "".join(_OFFLINE_PROVIDER.format(alias=alias) for alias in aliases)
    (place / "offline_override.tf").write_text('terraform {\n  backend "local" {}\n}\n' + override)
    (place / "offline.tfvars.json").write_text(json.dumps(_PLAN_VARIABLES))
    options = ["-input=false", "-lock=false", "-refresh=false", "-var-file=offline.tfvars.json"]
    steps: tuple[Callable[[], Run], ...] = (
        lambda: _init(place, has_backend=True),
        lambda: _terraform(["plan", *options, "-out=offline.tfplan"], cwd=place),
        lambda: _terraform(["show", "-json", "offline.tfplan"], cwd=place),
    )
    shown = ""
    for step in steps:
        run = step()
        if run.status != 0:
            raise RuntimeError(run.tail)
        shown = run.output
    plan: dict[str, object] = json.loads(shown[shown.index("{") :])
    return plan


def find_fault_of_plan(plan: Mapping[str, object]) -> str | None:
    """Return what is wrong with a plan from nothing, or None."""
    changes = plan["resource_changes"]
    if not changes:
        return "the plan is empty"
    written = json.dumps(changes)
    for secret in ("database_password", "secret_key"):
        if str(_PLAN_VARIABLES[secret]) in written:
            return f"{secret} is in the plan"
    return None


def check_plans(sources: Path = SOURCES) -> Outcome:
    """Plan each environment from nothing, and see that no secret value is in the plan."""
    with _copy_of(sources) as copy:
        for name in ENVIRONMENTS:
            fault = find_fault_of_plan(plan_offline(copy / "environments" / name))
            if fault is not None:
                return Outcome(status="failed", detail=f"{name}: {fault}")
    names = ", ".join(ENVIRONMENTS)
    return Outcome(status="passed", detail=f"the provider plans {names} offline, no secret in any")


def check_policies(sources: Path = SOURCES) -> Outcome:
    """Let checkov hold the sources to its policies; what it finds counts, whatever its severity.

    Offline it knows no severities, so each finding is mended or skipped with a reason beside it.
    """
    command = [get_tool("checkov"), "--framework", "terraform", "--compact", "--quiet"]
    options = ["--skip-download", "--output", "json", "--directory", "."]
    with _copy_of(sources) as copy:
        run = run_command([*command, *options], cwd=copy, seconds=_POLICY_SECONDS)
    start = run.output.find("{")
    if start < 0:
        return Outcome(status="failed", detail=run.tail or "checkov said nothing")
    report = json.JSONDecoder().raw_decode(run.output[start:])[0]
    summary = report.get("summary", report)
    if not summary.get("passed"):
        return Outcome(status="failed", detail="checkov found nothing to judge")
    failed = report.get("results", {}).get("failed_checks", [])
    if failed or summary["failed"] or summary["parsing_errors"]:
        found = [f"{one['check_id']} {one['resource']}: {one['check_name']}" for one in failed]
        return Outcome(status="failed", detail="\n".join(found) or "files could not be read")
    return Outcome(
        status="passed",
        detail=f"{summary['passed']} policies hold, {summary['skipped']} skipped with a reason",
    )


CHECKS: Final[tuple[Check, ...]] = (
    Check(name="terraform sources", run=read_sources, is_fast=True),
    Check(name="terraform fmt", run=check_format, is_fast=True),
    Check(name="terraform validate", run=validate, is_fast=False),
    Check(name="terraform test", run=run_tests, is_fast=False),
    Check(name="terraform plan", run=check_plans, is_fast=False),
    Check(name="terraform policies", run=check_policies, is_fast=False),
)
