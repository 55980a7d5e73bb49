"""What PromQL expressions name, by a parser of its grammar."""

import re
from collections.abc import Iterator

import promql_parser

# What Grafana puts in place of its variables.
_VALUE_BY_VARIABLE = {
    "$__rate_interval": "1m",
    "$environment": ".+",
    "$instance": ".+",
}


def without_variables(expr: str) -> str:
    """The expression as Grafana sends it when everything is chosen."""
    for variable, value in _VALUE_BY_VARIABLE.items():
        expr = expr.replace(variable, value)
    return expr


def metric_names(expr: str) -> set[str]:
    """Every metric the expression reads. ValueError when it is no PromQL."""
    return set(_selected(promql_parser.parse(expr)))


def _selected(node: object) -> Iterator[str]:
    match node:
        case promql_parser.VectorSelector():
            yield _name(node)
        case promql_parser.MatrixSelector():
            yield _name(node.vector_selector)
        case promql_parser.BinaryExpr():
            yield from _selected(node.lhs)
            yield from _selected(node.rhs)
        case promql_parser.Call():
            for argument in node.args:
                yield from _selected(argument)
        case (
            promql_parser.AggregateExpr()
            | promql_parser.ParenExpr()
            | promql_parser.UnaryExpr()
            | promql_parser.SubqueryExpr()
        ):
            yield from _selected(node.expr)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return
        case _:
            raise TypeError(f"unknown part of an expression: {node!r}")


def _name(selector: promql_parser.VectorSelector) -> str:
    if selector.name is None:
        raise ValueError(f"a selector without a metric: {selector!r}")
    return str(selector.name)


def base_name(metric: str) -> str:
    """The name without the suffix of its series, by which OpenMetrics knows its type."""
    return re.sub(r"_(bucket|sum|count|total)$", "", metric)
