"""Whether the Argo CD applications lead to what is in the repository."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.deploy.verify.manifests.objects import Manifest, list_at, load_manifests, text_at
from infra.deploy.verify.manifests.workloads import names_of, of_kind

_CREATED_WITH_ARGO_CD = "default"


def load_applications(folder: Path) -> tuple[Manifest, ...]:
    """Every object of an environment's folder."""
    return tuple(
        manifest
        for path in sorted(folder.rglob("*.yaml"))
        for manifest in load_manifests(path.read_text(encoding="utf-8"))
    )


def application_problems(manifests: Sequence[Manifest], *, root: Path) -> list[str]:
    """Every application whose path or project is missing, or which its project does not admit."""
    return [
        *_missing(manifests, root),
        *_refused(manifests),
    ]


def _missing(manifests: Sequence[Manifest], root: Path) -> Iterator[str]:
    projects = {*names_of(manifests, "AppProject"), _CREATED_WITH_ARGO_CD}
    for application in of_kind(manifests, "Application"):
        path = text_at(application.body, "spec", "source", "path")
        if not (root / path).is_dir():
            yield f"{application}: there is no folder {path}"
        elif not any((root / path).glob("*.yaml")):
            yield f"{application}: {path} has nothing to apply"
        project = text_at(application.body, "spec", "project")
        if project not in projects:
            yield f"{application}: there is no project {project!r}"


def _refused(manifests: Sequence[Manifest]) -> Iterator[str]:
    for project in of_kind(manifests, "AppProject"):
        repositories = list_at(project.body, "spec", "sourceRepos")
        namespaces = [
            text_at(place, "namespace") for place in list_at(project.body, "spec", "destinations")
        ]
        for application in of_kind(manifests, "Application"):
            if text_at(application.body, "spec", "project") != project.name:
                continue
            if text_at(application.body, "spec", "source", "repoURL") not in repositories:
                yield f"{application}: its project does not admit its repository"
            if text_at(application.body, "spec", "destination", "namespace") not in namespaces:
                yield f"{application}: its project does not admit its namespace"
