"""The backup scripts, and a recovery for real."""

import sys
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.jenkins import check_scripts
from infra.deploy.verify.programs import ROOT, get_tool, run_command

SCRIPTS: Final = ROOT / "infra/deploy/backup"
_DRILL_SECONDS: Final = 900.0


def check_backup_scripts() -> Outcome:
    """Let bash parse every script of backup and recovery."""
    return check_scripts(SCRIPTS)


def check_drill() -> Outcome:
    """Destroy a database and restore it; the goals for RPO and RTO must be met."""
    for program in ("bash", "openssl", "split", "tar"):
        get_tool(program)
    run = run_command([sys.executable, "-m", "infra.deploy.backup.drill"], seconds=_DRILL_SECONDS)
    if run.status != 0:
        return Outcome(status="failed", detail=run.tail)
    return Outcome(status="passed", detail=f"everything archived came back\n{run.tail}")


CHECKS: Final = (
    Check(name="backup-scripts", run=check_backup_scripts, is_fast=True),
    Check(name="backup-drill", run=check_drill, is_fast=False),
)
