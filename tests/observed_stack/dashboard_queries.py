"""What Grafana asks Prometheus for the committed dashboards."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from infra.deploy.observability.grafana.generation import DASHBOARDS
from tests.infra.deploy.observability.promql import without_variables

_CHOICE: Final = re.compile(r"label_values\((.+), (\w+)\)")


def dashboard_queries() -> set[str]:
    """Every expression, of panels and of annotations, with everything chosen."""
    return {without_variables(expr) for board in _boards() for expr in _values(board, "expr")}


def dashboard_choices() -> set[tuple[str, str]]:
    """The label and the selector behind each variable that lists what there is to choose."""
    return {
        _choice(variable["query"])
        for board in _boards()
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    }


def _choice(query: str) -> tuple[str, str]:
    match = _CHOICE.fullmatch(query)
    assert match, query
    return match[2], without_variables(match[1])


def _boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))]


def _values(part: object, key: str) -> Iterator[str]:
    """The texts under the key, however deep."""
    match part:
        case dict():
            if isinstance(part.get(key), str):
                yield part[key]
            for value in part.values():
                yield from _values(value, key)
        case list():
            for value in part:
                yield from _values(value, key)
