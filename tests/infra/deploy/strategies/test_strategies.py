import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra.deploy.strategies.__main__ import main
from infra.deploy.strategies.cluster import ClusterError, Kubectl
from infra.deploy.strategies.deployment import DeploymentFailed, deploy
from infra.deploy.strategies.progress import is_in_service
from infra.deploy.strategies.release import (
    COMPONENTS,
    Release,
    Strategy,
    overlay_folder,
    render_release,
    split_release,
)
from infra.deploy.strategies.rollback import ROLLBACK_SECONDS, roll_back
from infra.deploy.verify.manifests.objects import text_at
from infra.deploy.verify.programs import ToolMissing, get_tool
from tests.infra.deploy.strategies.fake_cluster import DeadCluster, FakeCluster

OLD, NEW = "registry.test/taskwire:1", "registry.test/taskwire:2"


def _pods(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": {}}, "spec": {"containers": [{"image": image}]}}


def _workload(kind: str, name: str, image: str) -> dict[str, Any]:
    strategy = {"rollingUpdate": {"maxSurge": "25%"}}
    return {
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"strategy": strategy, "template": _pods(image)},
    }


def a_release(image: str, strategy: Strategy = Strategy.ROLLING) -> Release:
    kinds = {name: strategy.controller_of(name).capitalize() for name in COMPONENTS}
    documents = [
        {"kind": "Namespace", "metadata": {"name": "taskwire"}},
        {"kind": "ConfigMap", "metadata": {"name": "settings"}},
        {"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"a": "b"}}},
        {"kind": "Job", "metadata": {"name": "migrate"}},
        *(_workload(kind, name, image) for name, kind in kinds.items()),
    ]
    return split_release(documents, image)


@pytest.fixture(params=list(Strategy))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    """Each of the three."""
    return Strategy(request.param)


@pytest.fixture
def cluster(strategy: Strategy) -> FakeCluster:
    """One in which the old release is in service by the strategy."""
    cluster = FakeCluster()
    deploy(cluster, a_release(OLD, strategy), strategy)
    cluster.calls.clear()
    return cluster


def _images(cluster: FakeCluster, strategy: Strategy) -> set[str]:
    return {cluster.image(strategy.controller_of(name), name) for name in COMPONENTS}


def test_the_new_release_is_in_service_after_its_migration(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    deploy(cluster, a_release(NEW, strategy), strategy)
    assert _images(cluster, strategy) == {NEW}
    assert cluster.calls[:4] == [
        "delete job migrate",
        "apply configmap settings",
        "apply service web",
        "apply job migrate",
    ]


def test_what_belongs_to_the_platform_is_not_touched(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    deploy(cluster, a_release(NEW, strategy), strategy)
    assert "apply namespace taskwire" not in cluster.calls


def test_a_failed_migration_replaces_nothing(cluster: FakeCluster, strategy: Strategy) -> None:
    cluster.migration_status = {
        "conditions": [{"type": "Failed", "status": "True", "message": "out of tries"}]
    }
    with pytest.raises(DeploymentFailed, match="out of tries; nothing was replaced"):
        deploy(cluster, a_release(NEW, strategy), strategy)
    assert _images(cluster, strategy) == {OLD}


def test_a_migration_without_an_end_is_given_up(cluster: FakeCluster, strategy: Strategy) -> None:
    cluster.migration_status = {}
    with pytest.raises(DeploymentFailed, match="the migration was not done within 900 s"):
        deploy(cluster, a_release(NEW, strategy), strategy)
    assert _images(cluster, strategy) == {OLD}


def test_a_release_that_fails_gives_way_to_the_former_one(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    cluster.failing = {NEW}
    with pytest.raises(DeploymentFailed, match="the former release is back in service"):
        deploy(cluster, a_release(NEW, strategy), strategy)
    assert _images(cluster, strategy) == {OLD}


def test_a_release_that_says_nothing_gives_way_to_the_former_one(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    cluster.stuck = {NEW}
    with pytest.raises(DeploymentFailed, match="web was not done within 1800 s"):
        deploy(cluster, a_release(NEW, strategy), strategy)
    assert _images(cluster, strategy) == {OLD}


def test_a_rollback_is_done_within_two_minutes_or_told(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    deploy(cluster, a_release(NEW, strategy), strategy)
    cluster.stuck = {OLD}
    started_at = cluster.now()
    with pytest.raises(TimeoutError, match="the rollback of web was not done"):
        roll_back(cluster, strategy, leaving=NEW)
    assert ROLLBACK_SECONDS <= cluster.now() - started_at < 120


def test_a_rollback_leaves_the_hash_of_the_replica_set_behind(
    cluster: FakeCluster, strategy: Strategy
) -> None:
    deploy(cluster, a_release(NEW, strategy), strategy)
    assert roll_back(cluster, strategy, leaving=NEW) == list(COMPONENTS)
    web = cluster.objects[strategy.controller_of("web"), "web"]
    assert web["spec"]["template"]["metadata"]["labels"] == {}


def test_a_second_rollback_does_nothing(cluster: FakeCluster, strategy: Strategy) -> None:
    deploy(cluster, a_release(NEW, strategy), strategy)
    roll_back(cluster, strategy, leaving=NEW)
    cluster.calls.clear()
    assert roll_back(cluster, strategy, leaving=NEW) == []
    assert cluster.calls == []


def test_the_first_release_has_nothing_to_go_back_to(strategy: Strategy) -> None:
    cluster = FakeCluster()
    deploy(cluster, a_release(NEW, strategy), strategy)
    with pytest.raises(ClusterError, match=f"no release before {NEW} is known"):
        roll_back(cluster, strategy, leaving=NEW)


def test_a_rolling_rollback_brings_all_pods_at_once() -> None:
    cluster = FakeCluster()
    for image in (OLD, NEW):
        deploy(cluster, a_release(image), Strategy.ROLLING)
    roll_back(cluster, Strategy.ROLLING, leaving=NEW)
    web = cluster.objects["deployment", "web"]
    assert web["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == "100%"


def test_another_strategy_starts_beside_the_former_one_and_then_takes_its_place() -> None:
    cluster = FakeCluster()
    deploy(cluster, a_release(OLD), Strategy.ROLLING)
    cluster.scale("deployment", "web", 7)
    cluster.calls.clear()
    deploy(cluster, a_release(NEW, Strategy.CANARY), Strategy.CANARY)
    assert "scale rollout web 7" in cluster.calls
    assert cluster.calls[-1] == "delete deployment web"
    assert cluster.image("rollout", "web") == NEW


def test_on_the_way_back_to_rolling_the_service_finds_the_pods_of_both() -> None:
    cluster = FakeCluster()
    deploy(cluster, a_release(OLD, Strategy.BLUE_GREEN), Strategy.BLUE_GREEN)
    release = a_release(NEW)
    [service] = [item for item in release.before if "selector" in str(item)]
    assert isinstance(service, dict)
    service["spec"] = {"selector": {"a": "b", "rollouts-pod-template-hash": "abc"}}
    deploy(cluster, release, Strategy.ROLLING)
    assert cluster.objects["service", "web"]["spec"]["selector"] == {"a": "b"}
    assert ("rollout", "web") not in cluster.objects


def test_a_cluster_that_does_not_answer_is_told(strategy: Strategy) -> None:
    with pytest.raises(DeploymentFailed, match="connection refused; nothing was replaced"):
        deploy(DeadCluster(), a_release(NEW, strategy), strategy)


def test_pods_of_an_older_generation_are_not_in_service() -> None:
    workload = _workload("Deployment", "web", NEW)
    workload["metadata"]["generation"] = 2
    workload["status"] = {"observedGeneration": 1}
    assert not is_in_service(workload)


def test_an_aborted_rollout_is_told() -> None:
    workload = _workload("Rollout", "web", NEW)
    workload["status"] = {"abort": True, "phase": "Progressing"}
    with pytest.raises(ClusterError, match="the rollout was aborted"):
        is_in_service(workload)


@pytest.mark.parametrize("image", ["taskwire", "taskwire:latest", "other:1", "a b/taskwire:1", ""])
def test_an_image_of_no_version_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="no taskwire image of one version"):
        render_release("dev", Strategy.ROLLING, image)


@pytest.mark.parametrize(
    "image", ["registry.test:5000/team/taskwire:1.2", "registry.test/taskwire@sha256:" + "a" * 64]
)
def test_a_release_has_the_image_in_every_pod(strategy: Strategy, image: str) -> None:
    try:
        kubectl = get_tool("kubectl")
    except ToolMissing as missing:
        pytest.skip(f"{missing}: `make verify-deploy` installs it")
    release = render_release("uat", strategy, image, kubectl=kubectl)
    assert str(release.after).count(f"'image': '{image}'") == len(COMPONENTS)
    assert str(release.migration).count(f"'image': '{image}'") == 1
    assert overlay_folder("uat", strategy).is_dir()


def test_a_release_brings_its_backup_and_a_digest_leaves_the_one_that_is_there() -> None:
    try:
        kubectl = get_tool("kubectl")
    except ToolMissing as missing:
        pytest.skip(f"{missing}: `make verify-deploy` installs it")
    tagged = render_release("prod", Strategy.ROLLING, "registry.test/taskwire:1.2", kubectl=kubectl)
    [backup] = [item for item in tagged.after if text_at(item, "kind") == "CronJob"]
    assert "'image': 'registry.test/taskwire-backup:1.2'" in str(backup)
    digest = "registry.test/taskwire@sha256:" + "a" * 64
    pinned = render_release("prod", Strategy.ROLLING, digest, kubectl=kubectl)
    assert all(text_at(item, "kind") != "CronJob" for item in (*pinned.before, *pinned.after))


_PROGRAM = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
case "$*" in
    *missing*) ;;
    *refused*) echo 'forbidden: you may not' >&2; exit 1 ;;
    *replicaset*) echo '{"items": [{"kind": "ReplicaSet"}]}' ;;
    *) cat > /dev/null; echo '{"kind": "Deployment"}' ;;
esac
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in for kubectl that writes down how it was called."""
    path = tmp_path / "kubectl"
    path.write_text(_PROGRAM)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_kubectl_is_asked_in_the_namespace_and_context(program: Path) -> None:
    kubectl = Kubectl(str(program), context="prod")
    assert kubectl.find("deployment", "missing") is None
    assert kubectl.find("deployment", "web") == {"kind": "Deployment"}
    assert kubectl.belonging_to("web", kind="replicaset") == [{"kind": "ReplicaSet"}]
    kubectl.apply([{"kind": "Service"}])
    kubectl.patch("service", "web", [{"op": "remove", "path": "/a"}])
    kubectl.scale("rollout", "web", 3)
    kubectl.delete("job", "migrate")
    calls = (program.parent / "calls").read_text().splitlines()
    assert {call.split(" get ")[0].split(" apply ")[0] for call in calls[:4]} == {
        "--context prod --namespace taskwire"
    }
    assert 'patch service web --type json --patch [{"op": "remove", "path": "/a"}]' in calls[4]
    assert "scale rollout web --replicas=3" in calls[5]
    assert "delete job migrate --ignore-not-found --timeout=45s" in calls[6]


def test_what_kubectl_refuses_is_told(program: Path) -> None:
    with pytest.raises(ClusterError, match="kubectl get: forbidden: you may not"):
        Kubectl(str(program)).find("deployment", "refused")


def test_a_missing_kubectl_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="No such file"):
        Kubectl(str(tmp_path / "none")).find("deployment", "web")


def test_the_command_tells_what_is_wrong_in_one_line() -> None:
    result = CliRunner().invoke(main, ["deploy", "dev", "rolling", "taskwire:latest"])
    assert result.exit_code == 1
    assert "no taskwire image of one version" in result.output


def test_the_command_rolls_back(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    result = CliRunner().invoke(main, ["rollback", "dev", "rolling", NEW])
    assert result.exit_code == 0, result.output
    assert f"dev: nothing went back from {NEW}." in result.output
