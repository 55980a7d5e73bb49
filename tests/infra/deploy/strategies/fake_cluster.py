"""A cluster in memory whose controllers do in one pause what real ones do in many."""

import copy
from collections.abc import Sequence
from typing import Any

from infra.deploy.strategies.cluster import ClusterError
from infra.deploy.verify.manifests.objects import Json, text_at

_CONTROLLERS = ("deployment", "rollout")


class FakeCluster:
    """Objects by kind and name; `calls` is what was asked for, in order.

    Workloads whose image is in `failing` never come up, those in `stuck` never say anything.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.replica_sets: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.failing: set[str] = set()
        self.stuck: set[str] = set()
        self.migration_status: dict[str, Any] = {"succeeded": 1}
        self.seconds = 0.0

    def apply(self, documents: Sequence[Json]) -> None:
        for document in documents:
            assert isinstance(document, dict)
            key = (text_at(document, "kind").lower(), text_at(document, "metadata", "name"))
            self.calls.append(f"apply {key[0]} {key[1]}")
            self._put(key, copy.deepcopy(document))

    def find(self, kind: str, name: str) -> Json:
        return self.objects.get((kind, name))

    def belonging_to(self, component: str, *, kind: str) -> Sequence[Json]:
        assert kind == "replicaset"
        return [item for item in self.replica_sets if item["component"] == component]

    def patch(self, kind: str, name: str, operations: Sequence[Json]) -> None:
        self.calls.append(f"patch {kind} {name}")
        changed = copy.deepcopy(self.objects[kind, name])
        for operation in operations:
            assert isinstance(operation, dict)
            *parents, last = text_at(operation, "path").split("/")[1:]
            target = changed
            for step in parents:
                target = target[step]
            if operation["op"] == "remove":
                del target[last]
            else:
                target[last] = operation["value"]
        self._put((kind, name), changed)

    def scale(self, kind: str, name: str, replicas: int) -> None:
        self.calls.append(f"scale {kind} {name} {replicas}")
        self.objects[kind, name]["spec"]["replicas"] = replicas

    def delete(self, kind: str, name: str) -> None:
        self.calls.append(f"delete {kind} {name}")
        self.objects.pop((kind, name), None)

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        for kind, name in list(self.objects):
            self._settle(kind, name)

    def image(self, kind: str, name: str) -> str:
        """What the workload's pods run."""
        image: str = self.objects[kind, name]["spec"]["template"]["spec"]["containers"][0]["image"]
        return image

    def _put(self, key: tuple[str, str], document: dict[str, Any]) -> None:
        kind, name = key
        former = self.objects.get(key, {})
        metadata = document["metadata"]
        metadata["generation"] = former.get("metadata", {}).get("generation", 0) + 1
        metadata["uid"] = f"{kind}-{name}"
        document["status"] = former.get("status", {})
        self.objects[key] = document
        if kind == "job":
            document["status"] = self.migration_status
        if kind in _CONTROLLERS:
            self._add_replica_set(key, document)

    def _add_replica_set(self, key: tuple[str, str], document: dict[str, Any]) -> None:
        template = copy.deepcopy(document["spec"]["template"])
        template["metadata"].setdefault("labels", {})["pod-template-hash"] = "abc"
        annotation = {
            "deployment": "deployment.kubernetes.io/revision",
            "rollout": "rollout.argoproj.io/revision",
        }[key[0]]
        self.replica_sets.append(
            {
                "component": key[1],
                "metadata": {
                    "annotations": {annotation: str(len(self.replica_sets) + 1)},
                    "ownerReferences": [{"uid": document["metadata"]["uid"]}],
                },
                "spec": {"template": template},
            }
        )

    def _settle(self, kind: str, name: str) -> None:
        item = self.objects[kind, name]
        if kind not in _CONTROLLERS or self.image(kind, name) in self.stuck:
            return
        is_failing = self.image(kind, name) in self.failing
        generation, wanted = item["metadata"]["generation"], item["spec"].get("replicas", 1)
        if kind == "rollout":
            item["status"] = {
                "observedGeneration": str(generation),
                "phase": "Degraded" if is_failing else "Healthy",
                "message": "metric http-error-ratio assessed Failed" if is_failing else "",
            }
            return
        reason = "ProgressDeadlineExceeded" if is_failing else "NewReplicaSetAvailable"
        item["status"] = {
            "observedGeneration": generation,
            "replicas": wanted,
            "updatedReplicas": wanted,
            "availableReplicas": wanted,
            "conditions": [{"reason": reason, "message": "no pod came up"}],
        }


class DeadCluster(FakeCluster):
    """One that does not answer."""

    def find(self, kind: str, name: str) -> Json:
        raise ClusterError(f"kubectl get {kind} {name}: connection refused")
