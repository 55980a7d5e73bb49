"""Checks of the Kubernetes objects: overlays, chart, and the applications of Argo CD."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.manifests.argocd import application_problems, load_applications
from infra.deploy.verify.manifests.capacity import capacity_problems
from infra.deploy.verify.manifests.equality import differences
from infra.deploy.verify.manifests.names import name_problems
from infra.deploy.verify.manifests.objects import Json, Manifest
from infra.deploy.verify.manifests.references import reference_problems
from infra.deploy.verify.manifests.rendering import (
    CHART,
    DEPLOY,
    ENVIRONMENTS,
    KUBERNETES,
    MESH_VARIANTS,
    VARIANTS,
    RenderingFailed,
    Variant,
    helm_rendered,
    kustomized,
    values_of,
)
from infra.deploy.verify.manifests.schemas import KUBERNETES_VERSION, load_schemas, problems_of_all
from infra.deploy.verify.manifests.security import security_problems
from infra.deploy.verify.programs import ROOT

_ALL: Final = (*VARIANTS, *MESH_VARIANTS)
_MOST_SHOWN: Final = 30


def semantic_problems(manifests: Sequence[Manifest]) -> list[str]:
    """Everything that the objects of one variant get wrong between them."""
    return [
        *name_problems(manifests),
        *reference_problems(manifests),
        *security_problems(manifests),
        *capacity_problems(manifests),
    ]


def check_overlays(folder_by_title: Mapping[str, Path]) -> Outcome:
    """Each folder renders, and what it renders is valid and makes sense."""
    schemas = load_schemas()
    problems, count = [], 0
    for title, folder in folder_by_title.items():
        try:
            manifests = kustomized(folder)
        except RenderingFailed as failure:
            problems.append(f"{title}: {failure}")
            continue
        count += len(manifests)
        found = [*problems_of_all(schemas, manifests), *semantic_problems(manifests)]
        problems += [f"{title}: {problem}" for problem in found]
    return _outcome(
        problems,
        f"{count} objects of {len(folder_by_title)} overlays are valid in Kubernetes "
        f"{KUBERNETES_VERSION}, fit together and run confined",
    )


def check_chart(
    chart: Path, values_by_title: Mapping[str, dict[str, Json]], folders: Sequence[Path]
) -> Outcome:
    """The chart lints, and makes valid objects, the same as those of the folders."""
    schemas = load_schemas()
    try:
        problems, rendered = helm_rendered(chart, list(values_by_title.values()))
    except RenderingFailed as failure:
        return Outcome(status="failed", detail=str(failure))
    for title, manifests, folder in zip(values_by_title, rendered, folders, strict=True):
        found = [*problems_of_all(schemas, manifests), *differences(manifests, kustomized(folder))]
        problems += [f"{title}: {problem}" for problem in found]
    return _outcome(
        problems,
        f"the chart passes strict linting; its objects for {len(rendered)} sets of values "
        "are valid and those of the overlays",
    )


def check_applications(folders: Iterable[Path], *, root: Path) -> Outcome:
    """The applications of each environment are valid and lead to what is there."""
    schemas = load_schemas()
    problems, count = [], 0
    for folder in folders:
        manifests = load_applications(folder)
        count += len(manifests)
        found = [
            *problems_of_all(schemas, manifests),
            *application_problems(manifests, root=root),
        ]
        problems += [f"{folder.name}: {problem}" for problem in found]
    return _outcome(problems, f"{count} objects of Argo CD are valid and lead to what is there")


def check_platform(folder: Path) -> Outcome:
    """What the cluster's own components are given is valid."""
    try:
        manifests = kustomized(folder)
    except RenderingFailed as failure:
        return Outcome(status="failed", detail=str(failure))
    return _outcome(
        problems_of_all(load_schemas(), manifests), f"{len(manifests)} objects of {folder.name}"
    )


def _outcome(problems: Sequence[str], verified: str) -> Outcome:
    if problems:
        shown = "\n".join(problems[:_MOST_SHOWN])
        return Outcome(status="failed", detail=f"{len(problems)} problems\n{shown}")
    return Outcome(status="passed", detail=verified)


def _own_values(variant: Variant) -> dict[str, Json]:
    # The overlays have the namespace among their objects.
    return {**values_of(variant), "namespace": {"create": True}}


CHECKS: Final[tuple[Check, ...]] = (
    Check(
        name="kubernetes-overlays",
        run=lambda: check_overlays({str(variant): variant.folder for variant in _ALL}),
        is_fast=True,
    ),
    Check(
        name="kubernetes-platform",
        run=lambda: check_platform(KUBERNETES / "platform"),
        is_fast=True,
    ),
    Check(
        name="helm-chart",
        run=lambda: check_chart(
            CHART,
            {str(variant): _own_values(variant) for variant in _ALL},
            [variant.folder for variant in _ALL],
        ),
        is_fast=True,
    ),
    Check(
        name="argo-cd-applications",
        run=lambda: check_applications(
            [DEPLOY / "argocd" / environment for environment in ENVIRONMENTS], root=ROOT
        ),
        is_fast=True,
    ),
)
