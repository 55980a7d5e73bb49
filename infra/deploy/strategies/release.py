"""The objects of a release, from the overlay of its environment and strategy."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import yaml

from infra.deploy.strategies.cluster import ClusterError
from infra.deploy.verify.manifests.objects import Json

COMPONENTS: Final = ("web", "relay", "bridge", "worker")
KUBERNETES: Final = Path(__file__).resolve().parents[1] / "kubernetes"
# The namespace, its quota and its roles are the platform's: whoever deploys may not change them.
_OF_THE_PLATFORM: Final = frozenset(
    {"Namespace", "ResourceQuota", "LimitRange", "Role", "RoleBinding"}
)
_AFTER_MIGRATION: Final = frozenset(
    {"Deployment", "Rollout", "HorizontalPodAutoscaler", "VerticalPodAutoscaler", "Ingress"}
    | {"CronJob"}
    | {"VirtualService", "DestinationRule", "PeerAuthentication"}
)
_IMAGE: Final = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.:/_-]*/)?taskwire(:(?P<tag>[\w.-]{1,128})|@sha256:[0-9a-f]{64})"
)
_RENDER_SECONDS: Final = 60.0


class Strategy(StrEnum):
    """How new web pods take over."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue-green"
    CANARY = "canary"

    def controller_of(self, component: str) -> str:
        """The kind of object that runs the pods of the component."""
        is_rollout = component == "web" and self is not Strategy.ROLLING
        return "rollout" if is_rollout else "deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is put into the cluster: `before` the migration, the migration itself, and the rest."""

    image: str
    before: tuple[Json, ...]
    migration: Json
    after: tuple[Json, ...]


def overlay_folder(environment: str, strategy: Strategy) -> Path:
    """Where Kustomize finds the environment with the strategy."""
    if strategy is Strategy.ROLLING:
        return KUBERNETES / "overlays" / environment
    return KUBERNETES / "strategies" / strategy / environment


def render_release(
    environment: str, strategy: Strategy, image: str, *, kubectl: str = "kubectl"
) -> Release:
    """The release of the image. ValueError for an image without a version."""
    if _IMAGE.fullmatch(image) is None or image.endswith(":latest"):
        raise ValueError(f"{image!r} is no taskwire image of one version")
    with tempfile.TemporaryDirectory(prefix="taskwire-release-") as folder:
        overlay = overlay_folder(environment, strategy)
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [os.path.relpath(overlay, Path(folder).resolve())],
            "images": _replacements(image),
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        text = _kustomize(kubectl, folder)
    return split_release(list(yaml.safe_load_all(text)), image)


def split_release(documents: list[dict[str, Json]], image: str) -> Release:
    """The documents in the order in which they may be applied."""
    ours = [item for item in documents if item["kind"] not in _OF_THE_PLATFORM]
    if "@" in image:
        # A digest says nothing of the backup's image: its job stays as it is in the cluster.
        ours = [item for item in ours if item["kind"] != "CronJob"]
    [migration] = [item for item in ours if item["kind"] == "Job"]
    rest = [item for item in ours if item["kind"] != "Job"]
    return Release(
        image=image,
        before=tuple(item for item in rest if item["kind"] not in _AFTER_MIGRATION),
        migration=migration,
        after=tuple(item for item in rest if item["kind"] in _AFTER_MIGRATION),
    )


def _replacements(image: str) -> list[Json]:
    name, at, digest = image.partition("@")
    if at:
        return [{"name": "taskwire", "newName": name, "digest": digest}]
    name, _, tag = image.rpartition(":")
    return [
        {"name": "taskwire", "newName": name, "newTag": tag},
        {"name": "taskwire-backup", "newName": f"{name}-backup", "newTag": tag},
    ]


def _kustomize(kubectl: str, folder: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed command, no shell
        [kubectl, "kustomize", folder],
        capture_output=True,
        text=True,
        timeout=_RENDER_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ClusterError(f"kubectl kustomize: {done.stderr.strip()}")
    return done.stdout
