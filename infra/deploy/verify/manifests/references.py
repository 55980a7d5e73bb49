"""Whether what objects refer to exists: pods, ports, accounts, settings, targets."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from infra.deploy.verify.manifests.objects import (
    Json,
    Manifest,
    dig,
    list_at,
    mapping_at,
    text_at,
)
from infra.deploy.verify.manifests.workloads import (
    Workload,
    is_selected,
    names_of,
    of_kind,
    workloads_of,
)

# The load balancer's controller looks the weights up in an annotation.
_USE_ANNOTATION: Final = "use-annotation"
_SERVICE_FIELDS: Final = ("activeService", "previewService", "canaryService", "stableService")


def reference_problems(manifests: Sequence[Manifest]) -> list[str]:
    """Every reference that leads nowhere."""
    workloads = workloads_of(manifests)
    return [
        *itertools.chain.from_iterable(_workload(load, manifests) for load in workloads),
        *_services(manifests, workloads),
        *_ingresses(manifests),
        *_targets(manifests, workloads),
        *_rollouts(manifests),
        *_monitors(manifests, workloads),
    ]


def _workload(load: Workload, manifests: Sequence[Manifest]) -> Iterator[str]:
    selector = load.manifest.at("spec", "selector")
    if load.is_steady and not is_selected(load.labels, selector):
        yield f"{load}: its selector does not select its own pods"
    account = text_at(load.pod, "serviceAccountName")
    if account not in names_of(manifests, "ServiceAccount"):
        yield f"{load}: there is no service account {account!r}"
    for constraint in list_at(load.pod, "topologySpreadConstraints"):
        if not is_selected(load.labels, dig(constraint, "labelSelector")):
            yield f"{load}: a spread constraint does not count its own pods"
    yield from _volumes(load, manifests)
    volumes = {text_at(volume, "name") for volume in list_at(load.pod, "volumes")}
    for container in load.containers:
        yield from _probes(load, container)
        yield from _settings(load, container, manifests)
        for mount in list_at(container, "volumeMounts"):
            if text_at(mount, "name") not in volumes:
                yield f"{load}: there is no volume {text_at(mount, 'name')!r}"


def _probes(load: Workload, container: Json) -> Iterator[str]:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if not load.is_steady:
            continue
        port = dig(container, probe, "httpGet", "port")
        if port is None:
            yield f"{load}: has no {probe}"
        elif not load.has_port(port):
            yield f"{load}: its {probe} asks port {port!r}, where nothing listens"


def _settings(load: Workload, container: Json, manifests: Sequence[Manifest]) -> Iterator[str]:
    for source in list_at(container, "envFrom"):
        name = text_at(source, "configMapRef", "name")
        if name not in names_of(manifests, "ConfigMap"):
            yield f"{load}: there is no config map {name!r}"
    keys_by_secret = _keys_by_secret(manifests)
    for variable in list_at(container, "env"):
        reference = dig(variable, "valueFrom", "secretKeyRef")
        name, key = text_at(reference, "name"), text_at(reference, "key")
        if reference is not None and key not in keys_by_secret.get(name, set()):
            yield f"{load}: there is no key {key!r} in a secret {name!r}"


def _volumes(load: Workload, manifests: Sequence[Manifest]) -> Iterator[str]:
    keys_by_secret = _keys_by_secret(manifests)
    for volume in list_at(load.pod, "volumes"):
        secret, config = dig(volume, "secret"), dig(volume, "configMap")
        name = text_at(secret, "secretName")
        for item in list_at(secret, "items"):
            if text_at(item, "key") not in keys_by_secret.get(name, set()):
                yield f"{load}: there is no key {text_at(item, 'key')!r} in a secret {name!r}"
        if secret is not None and name not in keys_by_secret:
            yield f"{load}: there is no secret {name!r}"
        if config is not None and text_at(config, "name") not in names_of(manifests, "ConfigMap"):
            yield f"{load}: there is no config map {text_at(config, 'name')!r}"


def _keys_by_secret(manifests: Sequence[Manifest]) -> dict[str, set[str]]:
    return {
        text_at(external.body, "spec", "target", "name"): {
            text_at(entry, "secretKey") for entry in list_at(external.body, "spec", "data")
        }
        for external in of_kind(manifests, "ExternalSecret")
    }


def _services(manifests: Iterable[Manifest], workloads: Sequence[Workload]) -> Iterator[str]:
    for service in of_kind(manifests, "Service"):
        selected = [load for load in workloads if _is_behind(load, service)]
        if not selected:
            yield f"{service}: selects no pods"
        for port, load in itertools.product(list_at(service.body, "spec", "ports"), selected):
            target = dig(port, "targetPort")
            if not load.has_port(target):
                yield f"{service}: {load} does not listen on port {target!r}"


def _is_behind(load: Workload, service: Manifest) -> bool:
    selector = mapping_at(service.body, "spec", "selector")
    return bool(selector) and load.is_steady and is_selected(load.labels, selector)


def _ingresses(manifests: Sequence[Manifest]) -> Iterator[str]:
    ports_by_service = {
        service.name: {text_at(port, "name") for port in list_at(service.body, "spec", "ports")}
        for service in of_kind(manifests, "Service")
    }
    for ingress in of_kind(manifests, "Ingress"):
        rules = list_at(ingress.body, "spec", "rules")
        hosts = {text_at(rule, "host") for rule in rules}
        certified = {
            host for tls in list_at(ingress.body, "spec", "tls") for host in list_at(tls, "hosts")
        }
        if not hosts or hosts - certified:
            yield f"{ingress}: no certificate for {', '.join(sorted(hosts)) or 'any host'}"
        for path in (path for rule in rules for path in list_at(rule, "http", "paths")):
            name = text_at(path, "backend", "service", "name")
            port = text_at(path, "backend", "service", "port", "name")
            if name not in ports_by_service:
                yield f"{ingress}: there is no service {name!r}"
            elif port != _USE_ANNOTATION and port not in ports_by_service[name]:
                yield f"{ingress}: service {name} has no port {port!r}"


def _targets(manifests: Sequence[Manifest], workloads: Sequence[Workload]) -> Iterator[str]:
    known = {
        (load.manifest.api_version, load.manifest.kind, load.manifest.name): load
        for load in workloads
    }
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "VerticalPodAutoscaler"):
        field = "scaleTargetRef" if scaler.kind.startswith("Horizontal") else "targetRef"
        target = scaler.at("spec", field)
        key = (text_at(target, "apiVersion"), text_at(target, "kind"), text_at(target, "name"))
        if key not in known:
            yield f"{scaler}: there is no {' '.join(key)}"
            continue
        containers = {text_at(container, "name") for container in known[key].containers}
        for policy in list_at(scaler.body, "spec", "resourcePolicy", "containerPolicies"):
            if text_at(policy, "containerName") not in containers:
                yield f"{scaler}: there is no container {text_at(policy, 'containerName')!r}"
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        selector = budget.at("spec", "selector")
        if not any(load.is_steady and is_selected(load.labels, selector) for load in workloads):
            yield f"{budget}: selects no pods"


def _rollouts(manifests: Sequence[Manifest]) -> Iterator[str]:
    services, ingresses = names_of(manifests, "Service"), names_of(manifests, "Ingress")
    routes = names_of(manifests, "VirtualService")
    templates = {template.name: template for template in of_kind(manifests, "AnalysisTemplate")}
    for rollout in of_kind(manifests, "Rollout"):
        for strategy in mapping_at(rollout.body, "spec", "strategy").values():
            routing = dig(strategy, "trafficRouting")
            wanted = [
                *((services, "service", text_at(strategy, field)) for field in _SERVICE_FIELDS),
                (services, "service", text_at(routing, "alb", "rootService")),
                (ingresses, "ingress", text_at(routing, "alb", "ingress")),
                (routes, "virtual service", text_at(routing, "istio", "virtualService", "name")),
            ]
            for known, what, name in wanted:
                if name and name not in known:
                    yield f"{rollout}: there is no {what} {name!r}"
            for analysis in _analyses(strategy):
                yield from _analysis(rollout, analysis, templates)


def _analyses(strategy: Json) -> Iterator[Json]:
    fields = ("prePromotionAnalysis", "postPromotionAnalysis", "analysis")
    yield from (dig(strategy, field) for field in fields if dig(strategy, field) is not None)
    for step in list_at(strategy, "steps"):
        if dig(step, "analysis") is not None:
            yield dig(step, "analysis")


def _analysis(rollout: Manifest, analysis: Json, templates: dict[str, Manifest]) -> Iterator[str]:
    given = {text_at(argument, "name") for argument in list_at(analysis, "args")}
    for entry in list_at(analysis, "templates"):
        name = text_at(entry, "templateName")
        if name not in templates:
            yield f"{rollout}: there is no analysis template {name!r}"
            continue
        needed = {
            text_at(argument, "name") for argument in list_at(templates[name].body, "spec", "args")
        }
        if needed - given:
            yield f"{rollout}: analysis {name} is not given {', '.join(sorted(needed - given))}"


def _monitors(manifests: Iterable[Manifest], workloads: Sequence[Workload]) -> Iterator[str]:
    for monitor in of_kind(manifests, "PodMonitor"):
        selector = monitor.at("spec", "selector")
        selected = [load for load in workloads if is_selected(load.labels, selector)]
        for load in (load for load in workloads if load.is_steady and load not in selected):
            yield f"{monitor}: does not look at {load}"
        for endpoint in list_at(monitor.body, "spec", "podMetricsEndpoints"):
            for load in selected:
                if not load.has_port(text_at(endpoint, "port")):
                    yield f"{monitor}: {load} has no port {text_at(endpoint, 'port')!r}"
