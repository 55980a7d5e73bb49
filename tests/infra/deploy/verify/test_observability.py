import pytest

from infra.deploy.verify.observability import CHECKS
from tests.infra.deploy.observability.programs import program


def test_the_checks_have_names_of_their_own() -> None:
    names = [check.name for check in CHECKS]

    assert len(names) == len(set(names))
    assert "observability: live alerts" in names


def test_without_their_programs_checks_are_skipped_and_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    by_programs = [check for check in CHECKS if "dashboards" not in check.name]

    outcomes = [check.run() for check in by_programs if "log pipeline" not in check.name]

    assert {outcome.status for outcome in outcomes} == {"skipped"}
    assert all("is not installed" in outcome.detail for outcome in outcomes)


def test_a_check_tells_what_it_verified() -> None:
    program("amtool")
    [check] = [
        check for check in CHECKS if check.name == "observability: Alertmanager configuration"
    ]

    outcome = check.run()

    assert outcome.status == "passed", outcome.detail
    assert outcome.detail.startswith("Alertmanager accepts")
