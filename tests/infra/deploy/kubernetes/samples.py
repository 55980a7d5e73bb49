"""The sound sample, and copies of it in which one thing is wrong."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.deploy.verify.manifests.objects import Json, Manifest, dig, load_manifests, manifest_of

SAMPLE: Final = Path(__file__).parent / "sample.yaml"
CONTAINER: Final = "spec.template.spec.containers.0"
# What `broken` removes a field with.
ABSENT: Final = "(absent)"


def sound() -> tuple[Manifest, ...]:
    """Objects in which nothing is wrong."""
    return load_manifests(SAMPLE.read_text(encoding="utf-8"))


def broken(
    title: str, place: str, value: Json, *, among: Sequence[Manifest] | None = None
) -> tuple[Manifest, ...]:
    """The sound objects, with the value at the dotted place of the one titled `Kind name`."""
    return tuple(
        _with(manifest, place, value) if str(manifest) == title else manifest
        for manifest in among or sound()
    )


def without(title: str) -> tuple[Manifest, ...]:
    """The sound objects but for the one titled `Kind name`."""
    return tuple(manifest for manifest in sound() if str(manifest) != title)


def _with(manifest: Manifest, place: str, value: Json) -> Manifest:
    body = copy.deepcopy(manifest.body)
    steps = [int(step) if step.isdecimal() else step.replace("|", ".") for step in place.split(".")]
    parent, last = dig(body, *steps[:-1]), steps[-1]
    match parent, last:
        case dict(), str() if value == ABSENT:
            del parent[last]
        case dict(), str():
            parent[last] = value
        case list(), int():
            parent[last] = value
        case _:
            raise KeyError(place)
    return manifest_of(body)
