"""What a deployment asks of a cluster, and kubectl, which asks it."""

import json
import subprocess
import time
from collections.abc import Sequence
from typing import Final, Protocol

from infra.deploy.verify.manifests.objects import Json, list_at

NAMESPACE: Final = "taskwire"
# Of one call; a wait for pods asks many times.
_CALL_SECONDS: Final = 60.0


class ClusterError(Exception):
    """The cluster refused or did not answer; the text is what kubectl said."""


class Cluster(Protocol):
    """The namespace of Taskwire in a cluster."""

    def apply(self, documents: Sequence[Json]) -> None:
        """Make the objects what the documents say."""

    def find(self, kind: str, name: str) -> Json:
        """The object, or None."""

    def belonging_to(self, component: str, *, kind: str) -> Sequence[Json]:
        """The objects of the kind that belong to a component."""

    def patch(self, kind: str, name: str, operations: Sequence[Json]) -> None:
        """Change an object by the operations of a JSON patch."""

    def scale(self, kind: str, name: str, replicas: int) -> None:
        """Set how many pods it runs, until an autoscaler sets it otherwise."""

    def delete(self, kind: str, name: str) -> None:
        """Delete the object, and wait until it is gone; nothing where there is none."""

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""

    def pause(self, seconds: float) -> None:
        """Let the time pass."""


class Kubectl:
    """The cluster of kubectl's current context, or of the context named."""

    def __init__(self, program: str = "kubectl", *, context: str | None = None) -> None:
        chosen = ["--context", context] if context else []
        self._command = [program, *chosen, "--namespace", NAMESPACE]

    def apply(self, documents: Sequence[Json]) -> None:
        """Make the objects what the documents say."""
        objects = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        self._run("apply", "--filename", "-", text_in=json.dumps(objects))

    def find(self, kind: str, name: str) -> Json:
        """The object, or None."""
        found = self._run("get", kind, name, "--ignore-not-found", "--output", "json")
        return json.loads(found) if found.strip() else None

    def belonging_to(self, component: str, *, kind: str) -> Sequence[Json]:
        """The objects of the kind that belong to a component."""
        selector = f"app.kubernetes.io/component={component}"
        answer = json.loads(self._run("get", kind, "--selector", selector, "--output", "json"))
        return list_at(answer, "items")

    def patch(self, kind: str, name: str, operations: Sequence[Json]) -> None:
        """Change an object by the operations of a JSON patch."""
        self._run("patch", kind, name, "--type", "json", "--patch", json.dumps(list(operations)))

    def scale(self, kind: str, name: str, replicas: int) -> None:
        """Set how many pods it runs, until an autoscaler sets it otherwise."""
        self._run("scale", kind, name, f"--replicas={replicas}")

    def delete(self, kind: str, name: str) -> None:
        """Delete the object, and wait until it is gone; nothing where there is none."""
        self._run("delete", kind, name, "--ignore-not-found", "--timeout=45s")

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Let the time pass."""
        time.sleep(seconds)

    def _run(self, *arguments: str, text_in: str | None = None) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - fixed commands, no shell
                [*self._command, *arguments],
                input=text_in,
                capture_output=True,
                text=True,
                timeout=_CALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ClusterError(f"kubectl {arguments[0]}: {error}") from error
        if done.returncode != 0:
            raise ClusterError(f"kubectl {arguments[0]}: {done.stderr.strip()}")
        return done.stdout
