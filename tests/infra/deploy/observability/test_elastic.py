import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from logstash_pipeline_parser import Pipeline
from yamllint import linter
from yamllint.config import YamlLintConfig

from tests.infra.deploy.observability.programs import OBSERVABILITY, ROOT

ELASTIC = OBSERVABILITY / "elastic"
PIPELINE = ELASTIC / "logstash" / "taskwire.conf"
LOG_FIELDS = ROOT / "docs" / "observability.md"
# What Logstash's patterns of these names match, as far as our lines go.
GROK_PATTERNS = {
    "TIMESTAMP_ISO8601": r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?",
    "LOGLEVEL": r"DEBUG|INFO|WARN(?:ING)?|ERROR|CRIT(?:ICAL)?",
    "NOTSPACE": r"\S+",
    "GREEDYDATA": r".*",
}
YAML_FILES = sorted(
    path for pattern in ("*.yml", "*.yaml") for path in OBSERVABILITY.rglob(pattern)
)


def template(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ELASTIC / "elasticsearch" / f"{name}.json").read_text())
    return loaded


def mapped_fields() -> set[str]:
    mappings = template("component-mappings")["template"]["mappings"]
    return set(leaves(mappings["properties"]))


def leaves(properties: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in properties.items():
        path = f"{prefix}{name}"
        yield from leaves(value["properties"], f"{path}.") if "properties" in value else [path]


def saved_objects() -> list[dict[str, Any]]:
    lines = (ELASTIC / "kibana" / "taskwire.ndjson").read_text().splitlines()
    return [json.loads(line) for line in lines]


def take_apart(line: str) -> dict[str, str] | None:
    """What the pipeline's grok filter makes of a line, or None when it does not match."""
    [pattern] = re.findall(r'grok \{\s+match => \{ "message" => "(.+)" \}', PIPELINE.read_text())
    expression = re.sub(
        r"%\{(\w+):\[(\w+)\]\[(\w+)\]\}",
        lambda part: f"(?P<{part[2]}_{part[3]}>{GROK_PATTERNS[part[1]]})",
        pattern,
    )
    found = re.search(expression, line)
    return found and found.groupdict()


def test_the_pipeline_takes_apart_and_hands_on() -> None:
    sections = Pipeline.from_file(PIPELINE).parse()

    assert [section[0] for section in sections] == ["input", "filter", "output"]


def test_a_line_in_the_text_format_is_taken_apart() -> None:
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    record = logging.LogRecord(
        "web.processes.web", logging.WARNING, "web.py", 1, "listening on port %d", (8000,), None
    )

    parts = take_apart(formatter.format(record))

    assert parts is not None
    del parts["log_timestamp"]
    assert parts == {
        "log_level": "WARNING",
        "log_logger": "web.processes.web",
        "log_text": "listening on port 8000",
    }


def test_a_line_in_another_format_is_not_taken_for_one_of_ours() -> None:
    assert take_apart("Fatal Python error: Segmentation fault") is None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("sent Authorization: Bearer eyJhbGciOi.abc", "Bearer [redacted]"),
        ("password=hunter22, retrying", "password=[redacted], retrying"),
        ("no mailbox for someone@example.org today", "for [redacted] today"),
    ],
)
def test_what_slipped_through_the_redaction_of_the_application_is_redacted(
    line: str, kept: str
) -> None:
    [block] = re.findall(r"gsub => \[(.+?)\n    \]", PIPELINE.read_text(), re.DOTALL)
    rules = re.findall(r'"message", "(.+)", "(.+)"', block)

    for pattern, replacement in rules:
        line = re.sub(pattern, replacement, line)

    assert len(rules) == 2
    assert kept in line


def test_every_field_of_a_log_line_is_mapped() -> None:
    if not LOG_FIELDS.is_file():
        pytest.skip("docs/observability.md, which fixes the fields, is not there")
    fields = re.findall(
        r"^\| `([^`]+)` \| (?:date|keyword|text|long) \|", LOG_FIELDS.read_text(), re.MULTILINE
    )

    assert len(fields) > 20
    assert set(fields) - mapped_fields() == set()


def test_lines_are_hot_then_warm_and_gone_after_a_month() -> None:
    phases = template("ilm-policy")["policy"]["phases"]

    assert list(phases) == ["hot", "warm", "delete"]
    assert phases["delete"]["min_age"] == "30d"
    assert "rollover" in phases["hot"]["actions"]


def test_the_template_is_made_of_what_the_installation_brings() -> None:
    installation = (ELASTIC / "elasticsearch" / "install.sh").read_text()
    installed = dict(re.findall(r"^put (\S+) (\S+)$", installation, re.MULTILINE))
    settings = template("component-settings")["template"]["settings"]["index"]

    assert {
        f"_component_template/{name}" for name in template("index-template")["composed_of"]
    } == {path for path in installed if path.startswith("_component_template/")}
    assert f"_ilm/policy/{settings['lifecycle']['name']}" in installed
    assert all((ELASTIC / "elasticsearch" / file).is_file() for file in installed.values())


def test_the_names_of_streams_match_the_template_and_the_view() -> None:
    patterns = template("index-template")["index_patterns"]
    [view] = [each for each in saved_objects() if each["type"] == "index-pattern"]
    datasets = set(re.findall(r'"(taskwire\.\w+)"', PIPELINE.read_text())) | {"taskwire.access"}

    assert patterns == [view["attributes"]["title"]] == ["logs-taskwire.*-*"]
    assert datasets == {"taskwire.access", "taskwire.application"}


def test_references_between_saved_objects_resolve() -> None:
    objects = saved_objects()
    known = {(each["type"], each["id"]) for each in objects}
    referred = {(ref["type"], ref["id"]) for each in objects for ref in each["references"]}

    assert referred - known == set()
    assert [each["type"] for each in objects].count("dashboard") == 1


def test_searches_and_charts_name_fields_that_are_mapped() -> None:
    named = set()
    for each in saved_objects():
        attributes = json.dumps(each["attributes"]).replace('\\"', '"').replace("\\", "")
        named |= set(each["attributes"].get("columns", []))
        named |= set(re.findall(r'"field": "([^"]+)"', attributes))
        named |= set(re.findall(r"([a-z_]+(?:\.[a-z_]+)+) [:><]", attributes))

    assert len(named) > 10
    assert named - mapped_fields() == set()


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: str(path.relative_to(OBSERVABILITY)))
def test_yaml_is_well_formed(path: Path) -> None:
    config = YamlLintConfig((OBSERVABILITY / "yamllint.yml").read_text())

    assert [str(problem) for problem in linter.run(path.read_text(), config)] == []
