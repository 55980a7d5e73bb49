"""`python -m infra.deploy.strategies deploy|rollback ENVIRONMENT STRATEGY IMAGE`."""

import logging
import sys
from collections.abc import Callable
from typing import TypeVar

import click

from infra.deploy.strategies.cluster import ClusterError, Kubectl
from infra.deploy.strategies.deployment import DeploymentFailed, deploy
from infra.deploy.strategies.release import Strategy, render_release
from infra.deploy.strategies.rollback import roll_back

T = TypeVar("T")

_ENVIRONMENT = click.argument("environment", type=click.Choice(["dev", "uat", "prod"]))
_STRATEGY = click.argument("strategy", type=click.Choice([strategy.value for strategy in Strategy]))
_IMAGE = click.argument("image")
_CONTEXT = click.option("--context", help="kubectl's context; the current one unless named.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring an image into service in the namespace taskwire, or take it out."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


@main.command("deploy")
@_ENVIRONMENT
@_STRATEGY
@_IMAGE
@_CONTEXT
def deploy_command(environment: str, strategy: str, image: str, context: str | None) -> None:
    """Migrate, replace the pods, and go back to the former ones when they do not come up."""
    release = _told(lambda: render_release(environment, Strategy(strategy), image))
    _told(lambda: deploy(Kubectl(context=context), release, Strategy(strategy)))
    click.echo(f"{image} is in service in {environment}.")


@main.command("rollback")
@_ENVIRONMENT
@_STRATEGY
@_IMAGE
@_CONTEXT
def rollback_command(environment: str, strategy: str, image: str, context: str | None) -> None:
    """Leave the image: give every component that runs it the pods it had before."""
    changed = _told(lambda: roll_back(Kubectl(context=context), Strategy(strategy), leaving=image))
    click.echo(f"{environment}: {', '.join(changed) or 'nothing'} went back from {image}.")


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except (ClusterError, DeploymentFailed, TimeoutError, ValueError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
