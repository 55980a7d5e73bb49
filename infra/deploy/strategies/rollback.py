"""Back to the former release, within two minutes."""

import logging
from functools import partial
from typing import Final

from infra.deploy.strategies.cluster import Cluster, ClusterError
from infra.deploy.strategies.progress import is_in_service, wait_until
from infra.deploy.strategies.release import COMPONENTS, Strategy
from infra.deploy.verify.manifests.objects import Json, list_at, mapping_at, text_at

_LOG: Final = logging.getLogger(__name__)

# The promise is two minutes, and the calls before the wait take some seconds.
ROLLBACK_SECONDS: Final = 105.0
_REVISIONS: Final = ("deployment.kubernetes.io/revision", "rollout.argoproj.io/revision")
_HASHES: Final = ("pod-template-hash", "rollouts-pod-template-hash")


def roll_back(cluster: Cluster, strategy: Strategy, *, leaving: str) -> list[str]:
    """Give every component that runs the image its former pods; return which had to change.

    Doing it again does nothing. ClusterError where no former release is known, TimeoutError when
    the pods are not in service in time; what is running then goes on running.
    """
    changed = [
        component
        for component in COMPONENTS
        if _restore(cluster, strategy.controller_of(component), component, leaving)
    ]
    deadline = cluster.now() + ROLLBACK_SECONDS
    for component in changed:
        wait_until(
            cluster,
            partial(_is_back, kind=strategy.controller_of(component), component=component),
            seconds=max(0.0, deadline - cluster.now()),
            what=f"the rollback of {component}",
        )
    return changed


def _restore(cluster: Cluster, kind: str, component: str, leaving: str) -> bool:
    workload = cluster.find(kind, component)
    if workload is None or image_of(workload) != leaving:
        _LOG.info("%s does not run %s", component, leaving)
        return False
    former = _former(cluster, component, workload, leaving)
    if former is None:
        raise ClusterError(f"{component}: no release before {leaving} is known")
    operations: list[Json] = [{"op": "replace", "path": "/spec/template", "value": former}]
    if kind == "deployment":
        # All at once, in the place of a quarter at a time; the next release sets it back.
        surge = "/spec/strategy/rollingUpdate/maxSurge"
        operations.append({"op": "replace", "path": surge, "value": "100%"})
    cluster.patch(kind, component, operations)
    return True


def _former(cluster: Cluster, component: str, workload: Json, leaving: str) -> Json:
    """The pods of the newest revision of another image, or None."""
    owner = text_at(workload, "metadata", "uid")
    candidates = [
        replica_set
        for replica_set in cluster.belonging_to(component, kind="replicaset")
        if text_at(replica_set, "metadata", "ownerReferences", 0, "uid") == owner
        and image_of(replica_set) != leaving
    ]
    if not candidates:
        return None
    template = mapping_at(max(candidates, key=_revision), "spec", "template")
    # The hash is the replica set's own; another is made for the same pods.
    labels: Json = {
        key: value
        for key, value in mapping_at(template, "metadata", "labels").items()
        if key not in _HASHES
    }
    return {**template, "metadata": {**mapping_at(template, "metadata"), "labels": labels}}


def _revision(replica_set: Json) -> int:
    written = [text_at(replica_set, "metadata", "annotations", key) for key in _REVISIONS]
    return max(int(text) if text.isdecimal() else 0 for text in written)


def image_of(workload: Json) -> str:
    """The image of its pods' one container."""
    return text_at(list_at(workload, "spec", "template", "spec", "containers"), 0, "image")


def _is_back(cluster: Cluster, *, kind: str, component: str) -> bool:
    return is_in_service(cluster.find(kind, component))
