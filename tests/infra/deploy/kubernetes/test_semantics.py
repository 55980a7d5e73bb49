import pytest

from infra.deploy.verify.kubernetes import semantic_problems
from infra.deploy.verify.manifests.objects import Json, load_manifests
from infra.deploy.verify.manifests.workloads import is_selected
from tests.infra.deploy.kubernetes.samples import ABSENT, CONTAINER, broken, sound, without

_WEB = "Deployment web"
_POD = "spec.template.spec"


def test_nothing_is_wrong_with_the_sample() -> None:
    assert semantic_problems(sound()) == []


@pytest.mark.parametrize(
    ("title", "place", "value", "problem"),
    [
        (_WEB, "spec.selector.matchLabels", {"a": "b"}, "does not select its own pods"),
        (_WEB, f"{_POD}.serviceAccountName", "nobody", "there is no service account 'nobody'"),
        (_WEB, f"{CONTAINER}.envFrom.0.configMapRef.name", "x", "there is no config map 'x'"),
        (_WEB, f"{CONTAINER}.env.0.valueFrom.secretKeyRef.key", "x", "there is no key 'x'"),
        (_WEB, f"{CONTAINER}.volumeMounts.0.name", "x", "there is no volume 'x'"),
        (_WEB, f"{CONTAINER}.readinessProbe.httpGet.port", "web", "where nothing listens"),
        (_WEB, f"{CONTAINER}.livenessProbe.httpGet.port", 9000, "where nothing listens"),
        (_WEB, f"{CONTAINER}.startupProbe", ABSENT, "has no startupProbe"),
        (
            _WEB,
            f"{_POD}.topologySpreadConstraints.0.labelSelector",
            {"matchLabels": {"a": "b"}},
            "does not count its own pods",
        ),
        ("Service web", "spec.selector", {"a": "b"}, "selects no pods"),
        ("Service web", "spec.ports.0.targetPort", "grpc", "does not listen on port 'grpc'"),
        (
            "Ingress web",
            "spec.rules.0.http.paths.0.backend.service.name",
            "x",
            "there is no service 'x'",
        ),
        (
            "Ingress web",
            "spec.rules.0.http.paths.0.backend.service.port.name",
            "x",
            "has no port 'x'",
        ),
        ("Ingress web", "spec.rules.0.host", "other.example.com", "no certificate for other"),
        ("HorizontalPodAutoscaler web", "spec.scaleTargetRef.kind", "Rollout", "there is no apps"),
        ("VerticalPodAutoscaler web", "spec.targetRef.name", "x", "there is no apps/v1"),
        (
            "VerticalPodAutoscaler web",
            "spec.resourcePolicy.containerPolicies.0.containerName",
            "x",
            "there is no container 'x'",
        ),
        ("PodDisruptionBudget web", "spec.selector.matchLabels", {"a": "b"}, "selects no pods"),
        ("PodMonitor taskwire", "spec.selector.matchLabels", {"a": "b"}, "does not look at"),
        ("PodMonitor taskwire", "spec.podMetricsEndpoints.0.port", "x", "has no port 'x'"),
        (
            _WEB,
            f"{_POD}.volumes.0",
            {"name": "tmp", "secret": {"secretName": "taskwire", "items": [{"key": "ca"}]}},
            "there is no key 'ca' in a secret 'taskwire'",
        ),
        (
            _WEB,
            f"{_POD}.volumes.0",
            {"name": "tmp", "secret": {"secretName": "other"}},
            "there is no secret 'other'",
        ),
        (
            _WEB,
            f"{_POD}.volumes.0",
            {"name": "tmp", "configMap": {"name": "other"}},
            "there is no config map 'other'",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(
    title: str, place: str, value: Json, problem: str
) -> None:
    assert problem in "\n".join(semantic_problems(broken(title, place, value)))


@pytest.mark.parametrize(
    ("title", "place", "value", "problem"),
    [
        (
            "Namespace taskwire",
            "metadata.labels",
            {"pod-security.kubernetes.io/enforce": "baseline"},
            "does not enforce PodSecurity restricted",
        ),
        (
            "Ingress web",
            "metadata.annotations",
            {"alb.ingress.kubernetes.io/scheme": "internet-facing"},
            "names no security group",
        ),
        (_WEB, f"{_POD}.hostNetwork", True, "hostNetwork is on"),
        (_WEB, f"{_POD}.automountServiceAccountToken", ABSENT, "mounts a token"),
        (_WEB, f"{_POD}.securityContext.runAsNonRoot", ABSENT, "may run as root"),
        (_WEB, f"{_POD}.securityContext.runAsUser", 0, "runs as root"),
        (_WEB, f"{_POD}.securityContext.seccompProfile", ABSENT, "has no seccomp profile"),
        (
            _WEB,
            f"{CONTAINER}.securityContext.allowPrivilegeEscalation",
            True,
            "may gain privileges",
        ),
        (_WEB, f"{CONTAINER}.securityContext.privileged", True, "is privileged"),
        (
            _WEB,
            f"{CONTAINER}.securityContext.readOnlyRootFilesystem",
            False,
            "may write to its root file system",
        ),
        (_WEB, f"{CONTAINER}.securityContext.capabilities", {}, "keeps capabilities"),
        (
            _WEB,
            f"{CONTAINER}.securityContext.capabilities",
            {"drop": ["ALL"], "add": ["NET_ADMIN"]},
            "keeps capabilities",
        ),
        (_WEB, f"{CONTAINER}.ports.0.hostPort", 80, "uses a port of its node"),
        (_WEB, f"{CONTAINER}.image", "registry:5000/taskwire", "is of no version"),
        (_WEB, f"{CONTAINER}.image", "taskwire:latest", "is of no version"),
        (
            _WEB,
            f"{_POD}.volumes.0",
            {"name": "tmp", "hostPath": {"path": "/"}},
            "is of kind hostPath",
        ),
        (
            "NetworkPolicy default-deny",
            "spec.policyTypes",
            ["Ingress"],
            "no network policy denies everything",
        ),
        ("NetworkPolicy web", "spec.podSelector", {"matchLabels": {"a": "b"}}, "selects no pods"),
        ("NetworkPolicy web", "spec.ingress.0.ports.0.port", 22, "has no port 22"),
        ("NetworkPolicy web", "spec.ingress.0.from", ABSENT, "lets in from anywhere"),
        ("NetworkPolicy web", "spec.egress.0.to", ABSENT, "lets out to anywhere"),
        ("Role deployer", "rules.0.resources", ["*"], "may change every kind"),
        ("Role deployer", "rules.0.verbs", ["*"], "may do everything"),
        ("Role deployer", "rules.0.resources", ["secrets"], "may read secrets"),
        (
            "RoleBinding deployer",
            "subjects.0",
            {"kind": "ServiceAccount", "name": "web"},
            "needs no role",
        ),
    ],
)
def test_what_is_less_confined_than_it_should_be_is_told(
    title: str, place: str, value: Json, problem: str
) -> None:
    assert problem in "\n".join(semantic_problems(broken(title, place, value)))


@pytest.mark.parametrize(
    ("title", "place", "value", "problem"),
    [
        (_WEB, f"{CONTAINER}.resources.requests.cpu", "100x", "no quantity: '100x'"),
        ("ResourceQuota taskwire", "spec.hard.pods", "many", "no quantity: 'many'"),
        (_WEB, f"{CONTAINER}.resources.limits.memory", ABSENT, "no limit of memory"),
        (_WEB, f"{CONTAINER}.resources.requests.memory", "2Gi", "more memory than its limit"),
        ("ResourceQuota taskwire", "spec.hard.pods", "19", "pods is 19, up to 20 may be needed"),
        ("ResourceQuota taskwire", "spec.hard.requests|cpu", "1", "requests.cpu is 1"),
        ("VerticalPodAutoscaler web", "spec.updatePolicy.updateMode", "Recreate", "as the HPA"),
        (_WEB, "spec.replicas", 2, "sets back the replicas"),
        (_WEB, f"{_POD}.terminationGracePeriodSeconds", 90, "cuts connections after 90 s"),
        ("Ingress web", "metadata.annotations", {}, "cuts connections after 0 s"),
    ],
)
def test_what_does_not_fit_is_told(title: str, place: str, value: Json, problem: str) -> None:
    assert problem in "\n".join(semantic_problems(broken(title, place, value)))


@pytest.mark.parametrize(
    ("title", "place", "value", "problem"),
    [
        ("Service web", "metadata.name", "Web", "is no DNS label"),
        ("Service web", "metadata.namespace", "default", "is in the namespace 'default'"),
        ("Service web", "metadata.labels", {"a b": "c"}, "a b=c is no label"),
        ("Service web", "metadata.labels", {"a": 1}, "a=1 is no label"),
        (_WEB, "spec.template.metadata.labels.x", "-", "x=- is no label"),
    ],
)
def test_a_name_that_kubernetes_refuses_is_told(
    title: str, place: str, value: Json, problem: str
) -> None:
    assert problem in "\n".join(semantic_problems(broken(title, place, value)))


def test_an_object_that_is_there_twice_is_told() -> None:
    twice = (*sound(), *(item for item in sound() if item.kind == "Service"))
    assert "Service web: there are 2 of them" in semantic_problems(twice)


def test_objects_without_a_quota_or_a_default_policy_are_told() -> None:
    assert "there is no resource quota" in semantic_problems(without("ResourceQuota taskwire"))
    assert "no network policy denies everything by default" in semantic_problems(
        without("NetworkPolicy default-deny")
    )


_ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors, namespace: taskwire}
spec:
  args: [{name: pods}]
  metrics: []
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: other, namespace: taskwire}
spec:
  strategy:
    canary:
      canaryService: lost
      trafficRouting: {alb: {ingress: gone, rootService: web}}
      analysis:
        templates: [{templateName: errors}]
      steps:
        - analysis: {templates: [{templateName: unwritten}]}
  template: {metadata: {labels: {}}, spec: {}}
"""


def test_a_rollout_that_refers_to_nothing_is_told() -> None:
    problems = semantic_problems((*sound(), *load_manifests(_ROLLOUT)))
    assert "Rollout other: there is no service 'lost'" in problems
    assert "Rollout other: there is no ingress 'gone'" in problems
    assert "Rollout other: analysis errors is not given pods" in problems
    assert "Rollout other: there is no analysis template 'unwritten'" in problems


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"key": "a", "operator": "In", "values": ["1"]}, True),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, False),
        ({"key": "a", "operator": "Exists"}, True),
        ({"key": "a", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions_select_as_kubernetes_does(
    expression: dict[str, Json], *, expected: bool
) -> None:
    assert is_selected({"a": "1"}, {"matchExpressions": [expression]}) is expected


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValueError, match="no operator of a selector: 'Like'"):
        is_selected({}, {"matchExpressions": [{"key": "a", "operator": "Like"}]})


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="no Kubernetes object"):
        load_manifests("- a\n- b\n")
