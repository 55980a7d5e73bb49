"""Whether objects are named and labelled in a way that Kubernetes accepts, and only once."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from infra.deploy.verify.manifests.objects import Manifest, mapping_at
from infra.deploy.verify.manifests.workloads import workloads_of

NAMESPACE: Final = "taskwire"
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_KEY: Final = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?")
_VALUE: Final = re.compile(r"([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?")


def name_problems(manifests: Sequence[Manifest]) -> list[str]:
    """Every name or label that is invalid or taken, and every object in another namespace."""
    return [*_names(manifests), *_labels(manifests)]


def _names(manifests: Sequence[Manifest]) -> Iterator[str]:
    counts = Counter((manifest.api_version, manifest.kind, manifest.name) for manifest in manifests)
    for (_, kind, name), count in counts.items():
        if count > 1:
            yield f"{kind} {name}: there are {count} of them"
    for manifest in manifests:
        if _LABEL.fullmatch(manifest.name) is None:
            yield f"{manifest}: its name is no DNS label"
        is_outside = manifest.kind != "Namespace" and manifest.namespace != NAMESPACE
        if is_outside:
            yield f"{manifest}: is in the namespace {manifest.namespace!r}"


def _labels(manifests: Sequence[Manifest]) -> Iterator[str]:
    labels = [
        (str(manifest), mapping_at(manifest.body, "metadata", "labels")) for manifest in manifests
    ]
    labels += [(f"pods of {load}", dict(load.labels)) for load in workloads_of(manifests)]
    for owner, pairs in labels:
        for key, value in pairs.items():
            is_valid = isinstance(value, str) and _VALUE.fullmatch(value)
            if not is_valid or _KEY.fullmatch(key) is None:
                yield f"{owner}: {key}={value} is no label"
