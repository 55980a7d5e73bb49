"""Putting a release into a cluster, and the former one back when it fails."""

import logging
from functools import partial
from typing import Final

from infra.deploy.strategies.cluster import Cluster, ClusterError
from infra.deploy.strategies.progress import is_in_service, wait_until
from infra.deploy.strategies.release import COMPONENTS, Release, Strategy
from infra.deploy.strategies.rollback import roll_back
from infra.deploy.verify.manifests.objects import Json, dig, list_at, number_at, text_at

_LOG: Final = logging.getLogger(__name__)

# What Argo Rollouts puts into the selector of a Service it moves.
_ROLLOUT_SELECTOR: Final = "rollouts-pod-template-hash"
_MIGRATION_SECONDS: Final = 900.0
# A canary pauses for six minutes in all, and every pod of ten may take its time.
_ROLLOUT_SECONDS: Final = 1800.0


class DeploymentFailed(Exception):
    """The release is not in service; the text says why, and what became of the former one."""


def deploy(cluster: Cluster, release: Release, strategy: Strategy) -> None:
    """Bring the release into service. DeploymentFailed after the former one was put back."""
    _migrate(cluster, release)
    try:
        _replace_pods(cluster, release, strategy)
    except (ClusterError, TimeoutError) as error:
        _LOG.error("%s; going back", error)
        roll_back(cluster, strategy, leaving=release.image)
        raise DeploymentFailed(f"{error}; the former release is back in service") from error


def _migrate(cluster: Cluster, release: Release) -> None:
    """Run the migration of the release; what runs so far goes on running, whatever comes of it."""
    # A job cannot be changed, only replaced.
    cluster.delete("job", "migrate")
    try:
        cluster.apply([*release.before, release.migration])
        wait_until(cluster, _has_migrated, seconds=_MIGRATION_SECONDS, what="the migration")
    except (ClusterError, TimeoutError) as error:
        raise DeploymentFailed(f"{error}; nothing was replaced") from error


def _has_migrated(cluster: Cluster) -> bool:
    status = dig(cluster.find("job", "migrate"), "status")
    for condition in list_at(status, "conditions"):
        if text_at(condition, "type") == "Failed" and text_at(condition, "status") == "True":
            raise ClusterError(f"the migration failed: {text_at(condition, 'message')}")
    return number_at(status, "succeeded") > 0


def _replace_pods(cluster: Cluster, release: Release, strategy: Strategy) -> None:
    other = "rollout" if strategy is Strategy.ROLLING else "deployment"
    former = cluster.find(other, "web")
    cluster.apply(release.after)
    if former is not None:
        # It starts beside the former controller, with as many pods as that has.
        cluster.scale(
            strategy.controller_of("web"),
            "web",
            max(1, number_at(former, "spec", "replicas", default=1)),
        )
        _free_service(cluster)
    for component in COMPONENTS:
        kind = strategy.controller_of(component)
        wait_until(
            cluster,
            partial(_is_in_service, kind=kind, name=component),
            seconds=_ROLLOUT_SECONDS,
            what=component,
        )
    if former is not None:
        cluster.delete(other, "web")


def _is_in_service(cluster: Cluster, *, kind: str, name: str) -> bool:
    return is_in_service(cluster.find(kind, name))


def _free_service(cluster: Cluster) -> None:
    """Let the Service find the pods of either controller: applying it leaves the selector in."""
    selector = dig(cluster.find("service", "web"), "spec", "selector")
    if isinstance(selector, dict) and _ROLLOUT_SELECTOR in selector:
        operation: Json = {"op": "remove", "path": f"/spec/selector/{_ROLLOUT_SELECTOR}"}
        cluster.patch("service", "web", [operation])
