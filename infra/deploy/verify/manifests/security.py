"""Whether pods run confined: PodSecurity restricted, network policies, roles, images."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from infra.deploy.verify.manifests.objects import (
    Json,
    Manifest,
    dig,
    list_at,
    mapping_at,
    text_at,
)
from infra.deploy.verify.manifests.workloads import Workload, is_selected, of_kind, workloads_of

_READING_VERBS: Final = frozenset({"get", "list", "watch"})
_VOLUMES: Final = frozenset(
    {"configMap", "downwardAPI", "emptyDir", "ephemeral"}
    | {"persistentVolumeClaim", "projected", "secret"}
)
_ALB: Final = "alb.ingress.kubernetes.io"
_ENFORCED: Final = "pod-security.kubernetes.io/enforce"


def security_problems(manifests: Sequence[Manifest]) -> list[str]:
    """Everything that is less confined than it should be."""
    workloads = workloads_of(manifests)
    return [
        *_namespaces(manifests),
        *itertools.chain.from_iterable(map(_pod, workloads)),
        *_default_deny(manifests),
        *_ingresses(manifests),
        *_policies(manifests, workloads),
        *_roles(manifests),
    ]


def _namespaces(manifests: Sequence[Manifest]) -> Iterator[str]:
    for namespace in of_kind(manifests, "Namespace"):
        if text_at(namespace.body, "metadata", "labels", _ENFORCED) != "restricted":
            yield f"{namespace}: does not enforce PodSecurity restricted"


def _pod(load: Workload) -> Iterator[str]:
    """What PodSecurity restricted refuses, and what we ask for beyond it."""
    pod = load.pod
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if dig(pod, field):
            yield f"{load}: {field} is on"
    if dig(pod, "automountServiceAccountToken") is not False:
        yield f"{load}: mounts a token of the Kubernetes API"
    for volume in list_at(pod, "volumes"):
        kinds = mapping_at(volume).keys() - {"name"}
        if not kinds <= _VOLUMES:
            yield f"{load}: volume {text_at(volume, 'name')} is of kind {', '.join(sorted(kinds))}"
    for container in load.containers:
        for problem in _container(pod, container):
            yield f"{load}: {text_at(container, 'name')}: {problem}"


def _container(pod: Json, container: Json) -> Iterator[str]:
    context = dig(container, "securityContext")
    pods = dig(pod, "securityContext")
    if dig(context, "runAsNonRoot") is not True and dig(pods, "runAsNonRoot") is not True:
        yield "may run as root"
    if 0 in (dig(context, "runAsUser"), dig(pods, "runAsUser")):
        yield "runs as root"
    if dig(context, "allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    if dig(context, "privileged"):
        yield "is privileged"
    if dig(context, "readOnlyRootFilesystem") is not True:
        yield "may write to its root file system"
    if list_at(context, "capabilities", "drop") != ["ALL"] or dig(context, "capabilities", "add"):
        yield "keeps capabilities"
    profiles = [text_at(place, "seccompProfile", "type") for place in (context, pods)]
    if not {"RuntimeDefault", "Localhost"} & set(profiles):
        yield "has no seccomp profile"
    if any(dig(port, "hostPort") for port in list_at(container, "ports")):
        yield "uses a port of its node"
    yield from _image(text_at(container, "image"))


def _image(image: str) -> Iterator[str]:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not digest and tag in {"", "latest"}:
        yield f"its image {image!r} is of no version"


def _ingresses(manifests: Sequence[Manifest]) -> Iterator[str]:
    for ingress in of_kind(manifests, "Ingress"):
        annotations = mapping_at(ingress.body, "metadata", "annotations")
        is_public = annotations.get(f"{_ALB}/scheme") == "internet-facing"
        if is_public and not annotations.get(f"{_ALB}/security-groups"):
            yield f"{ingress}: names no security group, so the controller makes an open one"


def _default_deny(manifests: Sequence[Manifest]) -> Iterator[str]:
    denying = [
        policy
        for policy in of_kind(manifests, "NetworkPolicy")
        if policy.at("spec", "podSelector") == {}
        and {"Ingress", "Egress"} <= {*map(str, list_at(policy.body, "spec", "policyTypes"))}
        and not policy.at("spec", "ingress")
        and not policy.at("spec", "egress")
    ]
    if not denying:
        yield "no network policy denies everything by default"


def _policies(manifests: Sequence[Manifest], workloads: Sequence[Workload]) -> Iterator[str]:
    for policy in of_kind(manifests, "NetworkPolicy"):
        selector = mapping_at(policy.body, "spec", "podSelector")
        selected = [load for load in workloads if is_selected(load.labels, selector)]
        if not selected:
            yield f"{policy}: selects no pods"
        for rule in list_at(policy.body, "spec", "ingress"):
            if not list_at(rule, "from") or not list_at(rule, "ports"):
                yield f"{policy}: lets in from anywhere or to any port"
            for port, load in itertools.product(list_at(rule, "ports"), selected):
                if not load.has_port(dig(port, "port")):
                    yield f"{policy}: {load} has no port {dig(port, 'port')!r}"
        for rule in list_at(policy.body, "spec", "egress"):
            if not list_at(rule, "to") or not list_at(rule, "ports"):
                yield f"{policy}: lets out to anywhere or to any port"


def _roles(manifests: Sequence[Manifest]) -> Iterator[str]:
    for role in of_kind(manifests, "Role", "ClusterRole"):
        for rule in list_at(role.body, "rules"):
            verbs = {str(verb) for verb in list_at(rule, "verbs")}
            resources = {str(resource) for resource in list_at(rule, "resources")}
            if "*" in resources and not verbs <= _READING_VERBS:
                yield f"{role}: may change every kind of object of a group"
            if "*" in verbs or "*" in list_at(rule, "apiGroups"):
                yield f"{role}: may do everything, or with every group"
            if "secrets" in resources or ("*" in resources and "" in list_at(rule, "apiGroups")):
                yield f"{role}: may read secrets"
    accounts = {load.manifest.name for load in workloads_of(manifests)}
    for binding in of_kind(manifests, "RoleBinding", "ClusterRoleBinding"):
        for subject in list_at(binding.body, "subjects"):
            if (
                text_at(subject, "kind") == "ServiceAccount"
                and text_at(subject, "name") in accounts
            ):
                yield f"{binding}: a process of Taskwire needs no role"
