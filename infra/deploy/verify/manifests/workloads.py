"""The pods that a set of objects runs, whatever kind of object runs them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from infra.deploy.verify.manifests.objects import (
    Json,
    Manifest,
    dig,
    list_at,
    mapping_at,
    number_at,
    text_at,
)

_TEMPLATE_PATH_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """An object that runs pods."""

    manifest: Manifest
    template: Json

    def __str__(self) -> str:
        return str(self.manifest)

    @property
    def labels(self) -> Mapping[str, Json]:
        """Of its pods."""
        return mapping_at(self.template, "metadata", "labels")

    @property
    def pod(self) -> Json:
        """The specification of its pods."""
        return dig(self.template, "spec")

    @property
    def containers(self) -> Sequence[Json]:
        """Of its pods, those that only initialise among them."""
        return [*list_at(self.pod, "initContainers"), *list_at(self.pod, "containers")]

    @property
    def is_steady(self) -> bool:
        """Whether its pods run until they are told to stop."""
        return self.manifest.kind in {"Deployment", "Rollout"}

    def port_numbers(self) -> dict[str, int]:
        """The number of each named port."""
        return {
            text_at(port, "name"): number_at(port, "containerPort")
            for container in self.containers
            for port in list_at(container, "ports")
        }

    def has_port(self, port: Json) -> bool:
        """Whether its pods listen on the port, given by name or number."""
        numbers = self.port_numbers()
        return port in numbers if isinstance(port, str) else port in numbers.values()


def workloads_of(manifests: Iterable[Manifest]) -> list[Workload]:
    """Every object among them that runs pods."""
    return [
        Workload(manifest=manifest, template=manifest.at(*_TEMPLATE_PATH_BY_KIND[manifest.kind]))
        for manifest in manifests
        if manifest.kind in _TEMPLATE_PATH_BY_KIND
    ]


def is_selected(labels: Mapping[str, Json], selector: Json) -> bool:
    """Whether a label selector, or the plain one of a Service, selects these labels."""
    if not isinstance(selector, dict):
        return False
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return all(labels.get(key) == value for key, value in selector.items())
    has_labels = all(
        labels.get(key) == value for key, value in mapping_at(selector, "matchLabels").items()
    )
    return has_labels and all(
        _holds(labels, expression) for expression in list_at(selector, "matchExpressions")
    )


def _holds(labels: Mapping[str, Json], expression: Json) -> bool:
    value = labels.get(text_at(expression, "key"))
    match text_at(expression, "operator"):
        case "In":
            return value in list_at(expression, "values")
        case "NotIn":
            return value not in list_at(expression, "values")
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:
            raise ValueError(f"no operator of a selector: {operator!r}")


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> Iterator[Manifest]:
    """Those of the kinds."""
    return (manifest for manifest in manifests if manifest.kind in kinds)


def names_of(manifests: Iterable[Manifest], *kinds: str) -> set[str]:
    """The names of those of the kinds."""
    return {manifest.name for manifest in of_kind(manifests, *kinds)}
