"""Whether there is room for the pods, and time for them to leave in order."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from infra.deploy.verify.manifests.objects import (
    Json,
    Manifest,
    dig,
    mapping_at,
    number_at,
    text_at,
    walk,
)
from infra.deploy.verify.manifests.quantities import parse_quantity
from infra.deploy.verify.manifests.workloads import Workload, of_kind, workloads_of

# Blue-green, and a rollback that brings every pod of the former version back at once.
_VERSIONS_AT_ONCE: Final = 2
_DELAY: Final = re.compile(r"deregistration_delay\.timeout_seconds=(\d+)")
_TARGET_GROUP: Final = "alb.ingress.kubernetes.io/target-group-attributes"
_QUANTITY_PARENTS: Final = frozenset(
    {"requests", "limits", "hard", "max", "min"}
    | {"default", "defaultRequest", "minAllowed", "maxAllowed"}
)


def capacity_problems(manifests: Sequence[Manifest]) -> list[str]:
    """Every quantity that does not parse, and everything that does not fit."""
    unreadable = list(_quantities(manifests))
    if unreadable:
        return unreadable
    return [*_requests(manifests), *_quota(manifests), *_scalers(manifests), *_departure(manifests)]


def _quantities(manifests: Sequence[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        for path, value in walk(manifest.body):
            if len(path) > 1 and path[-2] in _QUANTITY_PARENTS and not isinstance(value, dict):
                try:
                    parse_quantity(value)
                except ValueError as error:
                    yield f"{manifest}: {'.'.join(map(str, path))}: {error}"


def _requests(manifests: Sequence[Manifest]) -> Iterator[str]:
    for load in workloads_of(manifests):
        for container in load.containers:
            for resource in ("cpu", "memory"):
                asked = dig(container, "resources", "requests", resource)
                most = dig(container, "resources", "limits", resource)
                if asked is None or most is None:
                    yield f"{load}: has no request or no limit of {resource}"
                elif parse_quantity(asked) > parse_quantity(most):
                    yield f"{load}: asks for more {resource} than its limit"


def _most_pods(load: Workload, manifests: Sequence[Manifest]) -> int:
    if not load.is_steady:
        return number_at(load.manifest.body, "spec", "parallelism", default=1)
    most = number_at(load.manifest.body, "spec", "replicas", default=1)
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler"):
        if text_at(scaler.body, "spec", "scaleTargetRef", "name") == load.manifest.name:
            most = max(most, number_at(scaler.body, "spec", "maxReplicas"))
    return most * _VERSIONS_AT_ONCE


def _quota(manifests: Sequence[Manifest]) -> Iterator[str]:
    needed: Counter[str] = Counter()
    amounts: dict[str, Decimal] = {}
    for load in workloads_of(manifests):
        count = _most_pods(load, manifests)
        needed["pods"] += count
        for container in load.containers:
            for part in ("requests", "limits"):
                for resource, value in mapping_at(container, "resources", part).items():
                    key = f"{part}.{resource}"
                    amounts[key] = amounts.get(key, Decimal(0)) + count * parse_quantity(value)
    needed["services"] = sum(1 for _ in of_kind(manifests, "Service"))
    amounts |= {key: Decimal(value) for key, value in needed.items()}
    quotas = list(of_kind(manifests, "ResourceQuota"))
    if not quotas:
        yield "there is no resource quota"
    for quota in quotas:
        for key, value in mapping_at(quota.body, "spec", "hard").items():
            if amounts.get(key, Decimal(0)) > parse_quantity(value):
                yield f"{quota}: {key} is {value}, up to {amounts[key]:f} may be needed"


def _scalers(manifests: Sequence[Manifest]) -> Iterator[str]:
    scaled = {
        text_at(scaler.body, "spec", "scaleTargetRef", "name")
        for scaler in of_kind(manifests, "HorizontalPodAutoscaler")
    }
    for scaler in of_kind(manifests, "VerticalPodAutoscaler"):
        is_acting = text_at(scaler.body, "spec", "updatePolicy", "updateMode") != "Off"
        if is_acting and text_at(scaler.body, "spec", "targetRef", "name") in scaled:
            yield f"{scaler}: acts on the same resources as the HPA"
    for load in workloads_of(manifests):
        if load.manifest.name in scaled and load.manifest.at("spec", "replicas") is not None:
            yield f"{load}: applying it sets back the replicas that the HPA has chosen"


def _departure(manifests: Sequence[Manifest]) -> Iterator[str]:
    """The load balancer must not cut sockets before the pod has sent them away."""
    for ingress in of_kind(manifests, "Ingress"):
        attributes = text_at(ingress.body, "metadata", "annotations", _TARGET_GROUP)
        found = _DELAY.search(attributes)
        delay = int(found[1]) if found else 0
        for load in workloads_of(manifests):
            if load.has_port("http") and delay <= _seconds_to_leave(load):
                yield f"{ingress}: cuts connections after {delay} s, before {load} has ended them"


def _seconds_to_leave(load: Workload) -> int:
    waits = [
        number_at(strategy, "scaleDownDelaySeconds")
        # Pods of a canary are deregistered when they stop; those of blue-green, with the switch.
        for name, strategy in mapping_at(load.manifest.body, "spec", "strategy").items()
        if name == "blueGreen"
    ]
    return max(waits, default=0) + number_at(load.pod, "terminationGracePeriodSeconds", default=30)


def departure_seconds(load: Workload) -> tuple[int, int]:
    """The longest wait before SIGTERM, and what is left of the grace after it."""
    waits: list[Json] = [
        dig(container, "lifecycle", "preStop", "sleep", "seconds") for container in load.containers
    ]
    longest = max((wait for wait in waits if isinstance(wait, int)), default=0)
    grace = number_at(load.pod, "terminationGracePeriodSeconds", default=30)
    return longest, grace - longest
