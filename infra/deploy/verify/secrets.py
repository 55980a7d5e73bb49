"""What must not be in the sources: secrets, and faults that open a door."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.programs import ROOT, get_tool, outcome_of, run_command

_SECURITY: Final = ROOT / "infra/deploy/security"
_SOURCES: Final = ("domain", "graph", "infra", "persistence", "web")
# These are made of hashes, which look like secrets to whoever measures randomness.
_NOT_SEARCHED: Final = r"(^|/)(requirements/.*\.txt|package-lock\.json|tests/.*|.*\.svg)$"
# Their twins in the linter (S102, S104, S108, S310, S608) demand a reason on the line, and get it.
_ANSWERED: Final = "B102,B104,B108,B310,B608"
_SEMGREP_SECONDS: Final = 240.0


def _copy_of_tracked_files(folder: Path) -> None:
    """Copy what is, or would be, in a commit; builds and data beside it are no sources."""
    git = get_tool("git")
    listed = run_command([git, "ls-files", "--cached", "--others", "--exclude-standard"])
    for name in listed.output.splitlines():
        source = ROOT / name
        if source.is_file() and not source.is_symlink():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def find_leaks(folder: Path) -> Outcome:
    """Let gitleaks look for keys and tokens in every file of the folder."""
    options = ["--config", str(_SECURITY / "gitleaks.toml"), "--no-banner", "--no-color"]
    run = run_command(
        [get_tool("gitleaks"), "dir", *options, "--verbose", "--redact", "."], cwd=folder
    )
    return outcome_of(run, verified="gitleaks finds no key or token")


def find_secrets(folder: Path) -> Outcome:
    """Let detect-secrets look for passwords and random strings in every file of the folder.

    A line that is public on purpose says so: `pragma: allowlist secret`.
    """
    command = [get_tool("detect-secrets"), "scan", "--all-files", "--exclude-files", _NOT_SEARCHED]
    # An example in an error message, and words beside an equals sign, are no secrets.
    options = ["--exclude-lines", "user:password@host", "--disable-plugin", "KeywordDetector"]
    run = run_command([*command, *options, "."], cwd=folder)
    if run.status != 0:
        return Outcome(status="failed", detail=run.tail)
    results = json.loads(run.output[run.output.index("{") :])["results"]
    found = [
        f"{name}:{finding['line_number']}: {finding['type']}"
        for name, findings in results.items()
        for finding in findings
    ]
    if found:
        return Outcome(status="failed", detail="\n".join(found))
    return Outcome(status="passed", detail="detect-secrets finds no random string")


def check_leaks() -> Outcome:
    """Look for keys and tokens in what is, or would be, committed."""
    with tempfile.TemporaryDirectory(prefix="taskwire-sources-") as folder:
        _copy_of_tracked_files(Path(folder))
        return find_leaks(Path(folder))


def check_secrets() -> Outcome:
    """Look for random strings in what is, or would be, committed."""
    with tempfile.TemporaryDirectory(prefix="taskwire-sources-") as folder:
        _copy_of_tracked_files(Path(folder))
        return find_secrets(Path(folder))


def find_faults(folder: Path, *, names: tuple[str, ...] = _SOURCES) -> Outcome:
    """Let bandit read the Python sources; findings of medium or high severity count."""
    options = [
        "--recursive",
        "--quiet",
        "--severity-level",
        "medium",
        "--confidence-level",
        "medium",
    ]
    skipped = ["--exclude", "./web/ui/node_modules", "--skip", _ANSWERED]
    command = [get_tool("bandit"), *options, *skipped, "--format", "custom"]
    template = "{relpath}:{line}: {test_id} {msg}"
    run = run_command([*command, "--msg-template", template, *names], cwd=folder)
    return outcome_of(run, verified="bandit finds nothing of medium or high severity")


def check_faults() -> Outcome:
    """Let bandit read what runs in production."""
    return find_faults(ROOT)


def find_patterns(folder: Path) -> Outcome:
    """Let semgrep look for the patterns of our own rules."""
    command = [get_tool("semgrep"), "scan", "--config", str(_SECURITY / "semgrep.yml")]
    options = [
        "--metrics",
        "off",
        "--disable-version-check",
        "--error",
        "--quiet",
        "--no-git-ignore",
    ]
    # It looks for its own core beside itself.
    path = f"{Path(command[0]).parent}:{Path('/usr/bin')}:{Path('/bin')}"
    run = run_command(
        [*command, *options, "."], cwd=folder, environment={"PATH": path}, seconds=_SEMGREP_SECONDS
    )
    return outcome_of(run, verified="semgrep finds none of our patterns")


def check_patterns() -> Outcome:
    """Look for the patterns of our own rules in what is, or would be, committed."""
    with tempfile.TemporaryDirectory(prefix="taskwire-sources-") as folder:
        _copy_of_tracked_files(Path(folder))
        return find_patterns(Path(folder))


CHECKS: Final = (
    Check(name="secrets-gitleaks", run=check_leaks, is_fast=True),
    Check(name="secrets-detect", run=check_secrets, is_fast=False),
    Check(name="code-bandit", run=check_faults, is_fast=True),
    Check(name="code-semgrep", run=check_patterns, is_fast=False),
)
