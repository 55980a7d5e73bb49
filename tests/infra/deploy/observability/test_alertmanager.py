import re
from typing import Any

import pytest
import yaml

from tests.infra.deploy.observability.metric_names import all_rules
from tests.infra.deploy.observability.programs import OBSERVABILITY, program, run

CONFIG = OBSERVABILITY / "alertmanager" / "alertmanager.yml"


def configuration() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    return loaded


def alert_names() -> set[str]:
    return {str(rule["alert"]) for rule in all_rules() if "alert" in rule}


def test_amtool_accepts_the_configuration() -> None:
    checked = run(program("amtool"), "check-config", CONFIG)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=ServiceDown environment=prod severity=critical", "slack-prod-critical"),
        ("alertname=OutboxLagEvents environment=prod severity=warning", "slack-prod"),
        ("alertname=ServiceDown environment=uat severity=critical", "slack-uat"),
        ("alertname=OutboxLagEvents environment=uat severity=warning", "slack-uat"),
        ("alertname=ServiceDown environment=dev severity=critical", "nobody"),
        ("alertname=DeadMansSwitch severity=none", "dead-mans-switch"),
        ("alertname=RuleEvaluationFailing severity=critical", "slack-prod-critical"),
        ("alertname=ExporterDown severity=warning", "slack-prod"),
    ],
)
def test_an_alert_goes_where_its_severity_and_environment_say(labels: str, receiver: str) -> None:
    routed = run(
        program("amtool"), "config", "routes", "test", f"--config.file={CONFIG}", *labels.split()
    )

    assert routed.stdout.split() == [receiver]


def test_a_warning_of_uat_rests_outside_working_hours_and_a_critical_alert_does_not() -> None:
    uat = [
        route for route in configuration()["route"]["routes"] if route["receiver"] == "slack-uat"
    ]

    assert [route.get("mute_time_intervals") for route in uat] == [None, ["outside-working-hours"]]


def test_no_secret_stands_in_the_configuration() -> None:
    text = CONFIG.read_text()

    assert not re.search(r"\b(api_url|credentials|password|token):", text)
    assert "hooks.slack" not in text


def test_inhibition_names_alerts_that_exist() -> None:
    matchers = [
        matcher
        for rule in configuration()["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        if matcher.startswith("alertname=")
    ]
    patterns = [pattern for matcher in matchers for pattern in matcher.split('"')[1].split("|")]

    assert [
        each for each in patterns if not any(map(re.compile(each).fullmatch, alert_names()))
    ] == []


def test_a_service_that_is_down_silences_everything_else_about_it() -> None:
    [rule] = [
        rule
        for rule in configuration()["inhibit_rules"]
        if rule["source_matchers"] == ['alertname=~"ServiceDown|ServiceAbsent"']
    ]

    assert rule["equal"] == ["environment", "service"]
