"""Needs kubernetes-validate, which ships Kubernetes' schemas."""

import pytest

from infra.deploy.verify.manifests.objects import Json, load_manifests
from infra.deploy.verify.manifests.schemas import (
    CUSTOM_SCHEMAS,
    Schemas,
    load_custom_schemas,
    load_schemas,
    problems_of_all,
)
from infra.deploy.verify.programs import ToolMissing
from tests.infra.deploy.kubernetes.samples import ABSENT, CONTAINER, broken, sound


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    try:
        return load_schemas()
    except ToolMissing as missing:
        pytest.skip(f"{missing}: `make verify-deploy` installs it")


def test_the_sample_breaks_no_schema(schemas: Schemas) -> None:
    assert problems_of_all(schemas, sound()) == []


@pytest.mark.parametrize(
    ("title", "place", "value", "problem"),
    [
        ("Deployment web", "spec.replica", 2, "'replica' was unexpected"),
        ("Deployment web", "spec.selector", ABSENT, '"selector" is a required property'),
        ("Deployment web", f"{CONTAINER}.ports.0.containerPort", "http", "is not of type"),
        ("Deployment web", "metadata", ABSENT, '"metadata" is a required property'),
        ("Deployment web", "kind", "Deployments", "is no known kind"),
        ("Deployment web", "apiVersion", "apps/v1beta1", "is no known kind"),
        ("VerticalPodAutoscaler web", "spec.updatePolicy.updateMode", "Auto", "is not one of"),
        ("VerticalPodAutoscaler web", "spec.target", {}, "'target' was unexpected"),
        ("PodMonitor taskwire", "spec.selector.labels", {}, "'labels' was unexpected"),
        ("ExternalSecret taskwire", "spec.data", [], "[] has less than 1 item"),
    ],
)
def test_what_breaks_a_schema_is_told(
    schemas: Schemas, title: str, place: str, value: Json, problem: str
) -> None:
    assert problem in "\n".join(problems_of_all(schemas, broken(title, place, value)))


def test_every_problem_of_an_object_is_told(schemas: Schemas) -> None:
    twice = broken(
        "Deployment web", "spec.paws", 4, among=broken("Deployment web", "spec.selector", ABSENT)
    )
    assert len(problems_of_all(schemas, twice)) == 2


_ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: web, image: x, prots: []}]}
  strategy:
    canary: {steps: [{setWeight: 101}, {pause: {duration: 2m}, setWeight: 5}]}
    blueGreen: {activeService: web}
"""


def test_a_rollouts_pods_steps_and_strategy_are_looked_at(schemas: Schemas) -> None:
    problems = "\n".join(schemas.problems_of(load_manifests(_ROLLOUT)[0]))
    assert "'prots' was unexpected" in problems
    assert "101 is greater than the maximum of 100" in problems
    assert "has more than 1 property" in problems
    assert problems.count("more than 1 property") == 2


def test_a_custom_schema_admits_only_what_it_lists() -> None:
    custom = load_custom_schemas(CUSTOM_SCHEMAS)
    assert "argoproj.io/v1alpha1 Rollout" in custom
    assert all(schema["additionalProperties"] is False for schema in custom.values())
