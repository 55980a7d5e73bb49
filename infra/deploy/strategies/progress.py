"""How far a change of pods has come."""

from collections.abc import Callable
from typing import Final

from infra.deploy.strategies.cluster import Cluster, ClusterError
from infra.deploy.verify.manifests.objects import Json, dig, list_at, number_at, text_at

_PAUSE_SECONDS: Final = 2.0


def is_in_service(workload: Json) -> bool:
    """Whether all of its pods are of the newest version and ready. ClusterError if it gave up."""
    status = dig(workload, "status")
    generation = number_at(workload, "metadata", "generation")
    # Argo Rollouts writes it as text.
    if int(str(dig(status, "observedGeneration") or 0)) < generation:
        return False
    name = text_at(workload, "metadata", "name")
    if text_at(workload, "kind") == "Rollout":
        return _is_healthy(status, name)
    for condition in list_at(status, "conditions"):
        if text_at(condition, "reason") == "ProgressDeadlineExceeded":
            raise ClusterError(f"{name}: {text_at(condition, 'message')}")
    wanted = number_at(workload, "spec", "replicas", default=1)
    counts = [
        number_at(status, field) for field in ("replicas", "updatedReplicas", "availableReplicas")
    ]
    return counts == [wanted] * len(counts)


def _is_healthy(status: Json, name: str) -> bool:
    phase = text_at(status, "phase")
    if phase == "Degraded" or dig(status, "abort") is True:
        raise ClusterError(f"{name}: {text_at(status, 'message') or 'the rollout was aborted'}")
    return phase == "Healthy"


def wait_until(
    cluster: Cluster,
    is_done: Callable[[Cluster], bool],
    *,
    seconds: float,
    what: str,
) -> None:
    """Ask until it is done. TimeoutError after so long by the cluster's clock."""
    deadline = cluster.now() + seconds
    while not is_done(cluster):
        if cluster.now() > deadline:
            raise TimeoutError(f"{what} was not done within {seconds:.0f} s")
        cluster.pause(_PAUSE_SECONDS)
