import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infra.deploy.observability.grafana.generation import BOARDS, DASHBOARDS, dashboard_files
from infra.deploy.observability.grafana.panels import Board, Panel
from tests.infra.deploy.observability.metric_names import all_rules, existing
from tests.infra.deploy.observability.programs import OBSERVABILITY
from tests.infra.deploy.observability.promql import metric_names, without_variables


def panels() -> Iterator[tuple[Board, Panel]]:
    return ((board, panel) for board in BOARDS for row in board.rows for panel in row.panels)


def committed(board: Board) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DASHBOARDS / f"{board.uid}.json").read_text())
    return loaded


def test_the_committed_dashboards_are_what_the_code_makes() -> None:
    files = {path.name: path.read_text() for path in DASHBOARDS.glob("*.json")}

    assert files == dashboard_files()


def test_every_query_parses_and_names_metrics_that_exist() -> None:
    unknown = {
        (board.uid, panel.title, name)
        for board, panel in panels()
        for query in panel.queries
        for name in metric_names(without_variables(query.expr)) - existing()
    }

    assert unknown == set()


def test_every_query_selects_by_environment() -> None:
    assert [
        (board.uid, panel.title)
        for board, panel in panels()
        for query in panel.queries
        if "$environment" not in query.expr
    ] == []


def test_panels_link_to_alerts_that_exist() -> None:
    alerts = {rule["alert"] for rule in all_rules() if "alert" in rule}

    assert {alert for _, panel in panels() for alert in panel.alerts} - alerts == set()


def test_an_alert_of_taskwire_is_linked_from_a_panel() -> None:
    linked = {alert for _, panel in panels() for alert in panel.alerts}
    alerts = {str(rule["alert"]) for rule in all_rules() if "alert" in rule}

    # These are about the monitoring, or about what no panel shows better than the alert itself.
    assert alerts - linked == {
        "DeadMansSwitch",
        "NotificationsFailing",
        "ProbeFailing",
        "RuleEvaluationFailing",
        "ServiceAbsent",
    }


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_has_a_place_of_its_own_a_title_a_unit_and_a_description(board: Board) -> None:
    drawn = [panel for panel in committed(board)["panels"] if panel["type"] != "row"]
    taken = [
        (x, y)
        for panel in committed(board)["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    numbers = [panel["id"] for panel in committed(board)["panels"]]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len(numbers) == len(set(numbers))
    assert all(panel["title"] and panel["description"] for panel in drawn)
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in drawn)
    assert all(panel["targets"] for panel in drawn)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_dashboard_lets_choose_source_environment_and_instance(board: Board) -> None:
    variables = [variable["name"] for variable in committed(board)["templating"]["list"]]

    assert variables == ["datasource", "environment", "instance", "documents"]
    assert committed(board)["uid"] == board.uid


def test_provisioning_names_the_folder_and_the_source() -> None:
    provisioning = OBSERVABILITY / "grafana" / "provisioning"
    [provider] = yaml.safe_load((provisioning / "dashboards" / "taskwire.yml").read_text())[
        "providers"
    ]
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())

    assert provider["type"] == "file"
    assert not provider["allowUiUpdates"]
    assert [source["type"] for source in sources["datasources"]] == [
        "prometheus",
        "jaeger",
        "elasticsearch",
    ]
