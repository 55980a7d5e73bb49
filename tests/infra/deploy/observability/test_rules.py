import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from persistence.outbox import RELAY_SHARDS
from tests.infra.deploy.observability.metric_names import all_rules, existing
from tests.infra.deploy.observability.programs import (
    OBSERVABILITY,
    ROOT,
    RULE_TESTS,
    RULES,
    program,
    run,
)
from tests.infra.deploy.observability.promql import metric_names

RUNBOOKS = ROOT / "docs" / "runbooks"
# The other pages, in small letters, are procedures.
ALERT_PAGES = sorted(path for path in RUNBOOKS.glob("[A-Z]*.md") if path.stem != "README")
# It never rests, so it has no silent case.
ALWAYS_FIRING = ("DeadMansSwitch", "none")


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in all_rules() if "alert" in rule]


def identity(alert: dict[str, Any]) -> tuple[str, str]:
    return alert["alert"], alert["labels"]["severity"]


def cases() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each expectation of the unit tests, with the test it stands in."""
    for path in RULE_TESTS:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for expectation in test["promql_expr_test"]:
                yield test, expectation


def environments(text: str) -> set[str]:
    return set(re.findall(r'environment="(\w+)"', text))


def alerts_with_a_case(*, is_firing: bool) -> set[tuple[str, str]]:
    """The alerts and severities with a case that fires, or with one that must not."""
    found = set()
    for test, expectation in cases():
        expr, samples = expectation["expr"], expectation.get("exp_samples", [])
        told = f"{expr} {samples}"
        series = {env for each in test["input_series"] for env in environments(each["series"])}
        silent = series - {env for each in samples for env in environments(each["labels"])}
        if bool(samples) if is_firing else bool(silent):
            names = re.findall(r'alertname="(\w+)"', told)
            severities = re.findall(
                r'severity="(\w+)"|\((critical|warning)\)', f"{told} {test['name']}"
            )
            found |= {
                (name, severity)
                for name in names
                for pair in severities
                for severity in pair
                if severity
            }
    return found


def test_promtool_accepts_the_configuration_and_its_rules() -> None:
    checked = run(
        program("promtool"), "check", "config", OBSERVABILITY / "prometheus" / "prometheus.yml"
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_unit_tests_say(path: Path) -> None:
    tested = run(program("promtool"), "test", "rules", path)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_rule_file_has_its_unit_tests() -> None:
    loaded = {
        Path(file).name
        for path in RULE_TESTS
        for file in yaml.safe_load(path.read_text())["rule_files"]
    }

    assert loaded == {path.name for path in RULES}


def test_every_alert_has_a_firing_case() -> None:
    assert {identity(alert) for alert in alerts()} - alerts_with_a_case(is_firing=True) == set()


def test_every_alert_has_a_silent_case() -> None:
    silent = alerts_with_a_case(is_firing=False)

    assert {identity(alert) for alert in alerts()} - silent == {ALWAYS_FIRING}


def test_every_expression_parses_and_names_metrics_that_exist() -> None:
    unknown = {
        (rule.get("record", rule.get("alert")), name)
        for rule in all_rules()
        for name in metric_names(str(rule["expr"])) - existing()
    }

    assert unknown == set()


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: "-".join(identity(alert)))
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"critical", "warning", "none"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    names = {path.stem for path in ALERT_PAGES}

    assert names == {alert["alert"] for alert in alerts()}


@pytest.mark.parametrize(
    "path",
    ALERT_PAGES,
    ids=lambda path: path.stem,
)
def test_a_runbook_says_what_it_means_how_to_check_and_how_to_mend(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)

    assert headings == ["What it means", "What users see", "Check", "Mend", "Escalate"]


def test_the_rules_know_how_many_shards_relays_share() -> None:
    expressions = [
        str(rule["expr"]) for rule in alerts() if rule["alert"].startswith("RelayShards")
    ]
    counts = re.findall(r"taskwire_relay_shards:sum [<>] (\d+)", " ".join(expressions))

    assert counts == [str(RELAY_SHARDS)] * 2
