"""Each check passes on what is in the repository, and fails on what was broken on purpose.

Needs kubectl, Helm's library and kubernetes-validate.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.deploy.verify.check import Check, Outcome
from infra.deploy.verify.kubernetes import (
    CHECKS,
    check_applications,
    check_chart,
    check_overlays,
    check_platform,
)
from infra.deploy.verify.manifests.objects import Json
from infra.deploy.verify.manifests.rendering import CHART, DEPLOY, KUBERNETES, VARIANTS, values_of
from infra.deploy.verify.programs import ROOT, ToolMissing

_DEV = next(variant for variant in VARIANTS if str(variant) == "dev/rolling")


def _run(check: Callable[[], Outcome]) -> Outcome:
    try:
        return check()
    except ToolMissing as missing:
        pytest.skip(f"{missing}: `make verify-deploy` installs it")


@pytest.fixture
def kubernetes(tmp_path: Path) -> Path:
    """A copy of the overlays to break."""
    return Path(shutil.copytree(KUBERNETES, tmp_path / "kubernetes"))


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A copy of the chart to break."""
    return Path(shutil.copytree(CHART, tmp_path / "taskwire"))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_what_is_in_the_repository_passes(check: Check) -> None:
    outcome = _run(check.run)
    assert outcome.status == "passed", outcome.detail


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("base/web.yaml", "minReadySeconds", "minReadySecond", "'minReadySecond' was unexpected"),
        ("base/web.yaml", "targetPort: http", "targetPort: grpc", "does not listen on port"),
        ("base/web.yaml", "readOnlyRootFilesystem: true", "", "may write to its root"),
        ("base/disruption-budgets.yaml", "policy/v1", "policy/v2", "is no known kind"),
        ("base/kustomization.yaml", "- relay.yaml", "- lost.yaml", "lost.yaml"),
        ("overlays/dev/kustomization.yaml", "newTag: unreleased", "newTag: latest", "no version"),
    ],
)
def test_a_broken_overlay_fails(
    kubernetes: Path, *, file: str, old: str, new: str, problem: str
) -> None:
    _replace(kubernetes / file, old, new)
    outcome = _run(lambda: check_overlays({"dev": kubernetes / "overlays" / "dev"}))
    assert outcome.status == "failed"
    assert problem in outcome.detail


def test_a_broken_strategy_fails(kubernetes: Path) -> None:
    _replace(kubernetes / "components/canary/kustomization.yaml", "setWeight: 5\n", "weight: 5\n")
    outcome = _run(lambda: check_overlays({"dev": kubernetes / "strategies/canary/dev"}))
    assert outcome.status == "failed"
    assert "'weight' was unexpected" in outcome.detail


def test_a_broken_platform_fails(kubernetes: Path) -> None:
    _replace(kubernetes / "platform/prometheus-adapter.yaml", "\ndata:", "\ndate:")
    outcome = _run(lambda: check_platform(kubernetes / "platform"))
    assert outcome.status == "failed"
    assert "'date' was unexpected" in outcome.detail


def test_a_platform_that_does_not_render_fails(tmp_path: Path) -> None:
    outcome = _run(lambda: check_platform(tmp_path))
    assert outcome.status == "failed"
    assert "unable to find one of 'kustomization.yaml'" in outcome.detail


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("templates/web.yaml", "minReadySeconds: 5", "minReadySeconds: 9", "is 9 in the chart"),
        ("templates/web.yaml", "minReadySeconds", "minReadySecond", "was unexpected"),
        ("templates/roles.yaml", "name: observer", "name: onlooker", "only in the chart"),
        ("templates/quota.yaml", ".Values.quota.pods", ".Values.quota.pods | nope", "nope"),
        ("values-dev.yaml", "replicas: 1", "replicas: one", "replicas"),
        ("values.yaml", "tag: unreleased", "tag: latest", "tag"),
        ("Chart.yaml", "version: 0.1.0", "version: one", "version"),
    ],
)
def test_a_broken_chart_fails(chart: Path, *, file: str, old: str, new: str, problem: str) -> None:
    _replace(chart / file, old, new)
    values: dict[str, Json] = {**values_of(_DEV, chart=chart), "namespace": {"create": True}}
    outcome = _run(lambda: check_chart(chart, {"dev": values}, [_DEV.folder]))
    assert outcome.status == "failed"
    assert problem in outcome.detail


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("path: infra/deploy/kubernetes", "path: infra/lost", "there is no folder infra/lost"),
        ("path: infra/deploy/kubernetes", "path: infra/embedded #", "has nothing to apply"),
        ("project: taskwire", "project: others", "there is no project 'others'"),
        ("namespace: taskwire", "namespace: kube-system", "does not admit its namespace"),
        ("repoURL: https://git.example.com", "repoURL: https://x", "not admit its repository"),
        ("targetRevision: main", "revision: main", "'revision' was unexpected"),
    ],
)
def test_a_broken_application_fails(tmp_path: Path, *, old: str, new: str, problem: str) -> None:
    folder = Path(shutil.copytree(DEPLOY / "argocd" / "dev", tmp_path / "dev"))
    _replace(folder / "apps" / "taskwire.yaml", old, new)
    outcome = _run(lambda: check_applications([folder], root=ROOT))
    assert outcome.status == "failed"
    assert problem in outcome.detail
