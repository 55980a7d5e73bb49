"""docs/cost.md against itself, and against the sizes that Terraform builds."""

import re

import pytest

from infra.deploy.verify.programs import ROOT
from infra.deploy.verify.terraform import ENVIRONMENTS, SOURCES

DOCUMENT = (ROOT / "docs/cost.md").read_text()
_ROW = re.compile(r"^\| (\S[^|]*) \| (\d+) \| (\d+) \| (\d+) \| .*\|$", re.MULTILINE)
_SUM = re.compile(
    r"^\| \*\*sum\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|", re.MULTILINE
)
# List prices of us-east-1, dollars an hour.
HOURLY_DOLLARS = {"t3.micro": 0.0104, "t3.small": 0.0208, "t3.medium": 0.0416}
HOURS_A_MONTH = 730


def _number(environment: str, name: str) -> int:
    main = (SOURCES / "environments" / environment / "main.tf").read_text()
    found = re.search(rf"^\s+{name}\s*=\s*(\d+)", main, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_the_rows_add_up_to_the_sums() -> None:
    rows = [tuple(map(int, row.groups()[1:])) for row in _ROW.finditer(DOCUMENT)]
    told = _SUM.search(DOCUMENT)
    assert told is not None
    assert len(rows) == 15
    assert tuple(map(sum, zip(*rows, strict=True))) == tuple(map(int, told.groups()))


@pytest.mark.parametrize(
    ("environment", "kind", "nodes"),
    [("dev", "t3.micro", "4 "), ("uat", "t3.small", "2 to 5 "), ("prod", "t3.medium", "3 ")],
)
def test_the_table_of_nodes_tells_what_is_built(environment: str, kind: str, nodes: str) -> None:
    main = (SOURCES / "environments" / environment / "main.tf").read_text()
    price = f"{HOURLY_DOLLARS[kind] * HOURS_A_MONTH:.2f}"
    row = re.search(rf"^\| {environment} \| {re.escape(nodes + kind)}.*$", DOCUMENT, re.MULTILINE)
    assert row is not None
    assert f"| {price} |" in row[0]
    assert f'"{kind}"' in main
    assert nodes.startswith(str(_number(environment, "min_nodes")))
    assert row[0].endswith(f"| {_number(environment, 'compute_limit_dollars')} |")


def test_dev_alone_has_no_autoscaling() -> None:
    room = {name: _number(name, "max_nodes") - _number(name, "min_nodes") for name in ENVIRONMENTS}
    assert room == {"dev": 0, "uat": 3, "prod": 3}
