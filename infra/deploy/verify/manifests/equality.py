"""Whether the chart and the overlays make the same objects."""

import copy
import re
from collections.abc import Sequence
from typing import Final

from infra.deploy.verify.manifests.objects import Json, Manifest, mapping_at, walk

# What each tool needs for itself: Kustomize ends a config map's name in a hash of its content, the
# chart rolls the pods by a checksum, and Helm knows its hooks by annotations.
_HASHED_NAME: Final = re.compile(r"(taskwire-config)-[a-z0-9]{10}")
_OWN_ANNOTATIONS: Final = ("helm.sh/", "checksum/")
_MOST_DIFFERENCES: Final = 10

_Key = tuple[str, str, str]


def differences(chart: Sequence[Manifest], overlay: Sequence[Manifest]) -> list[str]:
    """What one has and the other has not, or has otherwise; `helm test` is the chart's own."""
    ours = {_key(manifest): _normal(manifest.body) for manifest in chart if not _is_test(manifest)}
    theirs = {_key(manifest): _normal(manifest.body) for manifest in overlay}
    found = [f"{_title(key)}: only in the chart" for key in sorted(ours.keys() - theirs.keys())]
    found += [f"{_title(key)}: only in the overlay" for key in sorted(theirs.keys() - ours.keys())]
    for key in sorted(ours.keys() & theirs.keys()):
        found += [f"{_title(key)}: {line}" for line in _compare(ours[key], theirs[key])]
    return found


def _key(manifest: Manifest) -> _Key:
    return manifest.api_version, manifest.kind, _HASHED_NAME.sub(r"\1", manifest.name)


def _title(key: _Key) -> str:
    return f"{key[1]} {key[2]}"


def _is_test(manifest: Manifest) -> bool:
    return manifest.at("metadata", "annotations", "helm.sh/hook") == "test"


def _normal(body: Json) -> Json:
    """The object without what belongs to one of the tools alone."""
    normal = copy.deepcopy(body)
    for _, value in list(walk(normal)):
        if not isinstance(value, dict):
            continue
        annotations = mapping_at(value, "annotations")
        for key in [key for key in annotations if key.startswith(_OWN_ANNOTATIONS)]:
            del annotations[key]
        if value.get("annotations") == {}:
            del value["annotations"]
        name = value.get("name")
        if isinstance(name, str):
            value["name"] = _HASHED_NAME.sub(r"\1", name)
    return normal


def _compare(ours: Json, theirs: Json) -> list[str]:
    leaves = [
        {
            ".".join(map(str, path)): value
            for path, value in walk(body)
            if not isinstance(value, dict | list) or not value
        }
        for body in (ours, theirs)
    ]
    lines = [
        f"{path} is {leaves[0].get(path)!r} in the chart, {leaves[1].get(path)!r} in the overlay"
        for path in sorted(leaves[0].keys() | leaves[1].keys())
        if leaves[0].get(path) != leaves[1].get(path)
    ]
    return lines[:_MOST_DIFFERENCES]
