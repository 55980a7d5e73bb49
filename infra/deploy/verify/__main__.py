"""Run the checks of the delivery artefacts: `python -m infra.deploy.verify [--fast]`."""

import sys
from pathlib import Path

import click

from infra.deploy.verify.check import Check
from infra.deploy.verify.runner import (
    FAST_SECONDS,
    PACKAGE,
    SLOW_SECONDS,
    Verdict,
    find_checks,
    report,
    run_apart,
    run_here,
    write_outcome,
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", is_flag=True, help="Only what needs seconds and no download.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this check; may be repeated.")
@click.option("--list", "is_list", is_flag=True, help="Name the checks and run none.")
@click.option("--package", default=PACKAGE, hidden=True)
@click.option("--run-one", hidden=True, metavar="NAME")
@click.option("--result", hidden=True, type=click.Path(path_type=Path))
def main(
    *,
    fast: bool,
    only: tuple[str, ...],
    is_list: bool,
    package: str,
    run_one: str | None,
    result: Path | None,
) -> None:
    """Run the checks one after another. The exit status is 1 when one failed."""
    checks = find_checks(package)
    if run_one is not None and result is not None:
        write_outcome(run_here(_get(checks, run_one)), result)
        return
    chosen = [_get(checks, name) for name in only] or [
        check for check in checks if check.is_fast or not fast
    ]
    if is_list:
        for check in chosen:
            click.echo(f"{check.name}  ({'fast' if check.is_fast else 'slow'})")
        return
    verdicts = [_run(check, package) for check in chosen]
    click.echo(f"\n{report(verdicts)}")
    sys.exit(any(verdict.outcome.status == "failed" for verdict in verdicts))


def _get(checks: tuple[Check, ...], name: str) -> Check:
    for check in checks:
        if check.name == name:
            return check
    raise click.UsageError(f"no check is named {name!r}; --list names them")


def _run(check: Check, package: str) -> Verdict:
    seconds = FAST_SECONDS if check.is_fast else SLOW_SECONDS
    verdict = run_apart(check.name, seconds=seconds, package_name=package)
    first, *rest = verdict.outcome.detail.splitlines() or [""]
    click.echo(f"{verdict.outcome.status:8}{check.name} ({verdict.seconds:.0f} s): {first}")
    for line in rest:
        click.echo(f"        {line}")
    return verdict


if __name__ == "__main__":
    main()
