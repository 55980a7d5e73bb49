"""How every dashboard of Taskwire looks, and how it selects what it shows."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as dashboard_builder
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard

# The columns of Grafana's grid are 24.
THIRD: Final = 8
HALF: Final = 12
QUARTER: Final = 6
_GRAPH_ROWS: Final = 8
_NUMBER_ROWS: Final = 4

_SOURCE: Final = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
# What the variables choose. Recorded series keep no instance.
IN_ENVIRONMENT: Final = 'environment=~"$environment"'
CHOSEN: Final = f'{IN_ENVIRONMENT}, instance=~"$instance"'
RATE: Final = "$__rate_interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A PromQL expression, and the name of each of its series."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a value turns yellow and red; is_floor when low values are the bad ones."""

    warning: float
    critical: float
    is_floor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What a panel shows: title, unit in Grafana's names, and the alerts that watch it."""

    title: str
    description: str
    unit: str
    queries: Sequence[Query]
    alerts: Sequence[str] = ()
    limits: Limits | None = None
    width: int = THIRD
    is_number: bool = False
    is_stacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A headline with its panels."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; its uid is also the name of its file."""

    uid: str
    title: str
    description: str
    rows: Sequence[Row]


def quantile(share: float, metric: str, by: str = "", selector: str = CHOSEN) -> str:
    """The expression of a histogram's quantile, over the rate interval."""
    labels = f"le, {by}" if by else "le"
    buckets = f"rate({metric}_bucket{{{selector}}}[{RATE}])"
    return f"histogram_quantile({share}, sum by ({labels}) ({buckets}))"


def rate(metric: str, by: str, matchers: str = "") -> str:
    """The expression of a counter's rate over the chosen instances, summed by labels."""
    selector = f"{CHOSEN}, {matchers}" if matchers else CHOSEN
    return f"sum by ({by}) (rate({metric}{{{selector}}}[{RATE}]))"


def build(board: Board) -> dashboard.Dashboard:
    """Lay the board out as Grafana's model."""
    builder = (
        dashboard_builder.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["taskwire"])
        .readonly()
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .annotation(_firing_alerts())
        .link(_other_boards())
    )
    for variable in _variables():
        builder.with_variable(variable)
    numbers = itertools.count(1)
    for row in board.rows:
        builder.with_row(dashboard_builder.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            drawn = _number(panel) if panel.is_number else _graph(panel)
            builder.with_panel(drawn.id(next(numbers)))
    return builder.build()


def _graph(panel: Panel) -> timeseries.Panel:
    drawn = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .min(0)
        .span(panel.width)
        .height(_GRAPH_ROWS)
        .line_width(1)
        .fill_opacity(30 if panel.is_stacked else 8)
        .show_points(common.VisibilityMode.NEVER)
        .targets(_targets(panel))
        .links(_runbooks(panel.alerts))
        .tooltip(
            common_builder.VizTooltipOptions()
            .mode(common.TooltipDisplayMode.MULTI)
            .sort(common.SortOrder.DESCENDING)
        )
        .legend(
            common_builder.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if panel.is_stacked:
        drawn.stacking(common_builder.StackingConfig().mode(common.StackingMode.NORMAL))
    if panel.limits is not None:
        drawn.thresholds(_thresholds(panel.limits)).thresholds_style(
            common_builder.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        )
    return drawn


def _number(panel: Panel) -> stat.Panel:
    drawn = (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .span(panel.width)
        .height(_NUMBER_ROWS)
        .graph_mode(common.BigValueGraphMode.AREA)
        .targets(_targets(panel))
        .links(_runbooks(panel.alerts))
        .reduce_options(common_builder.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    if panel.limits is None:
        return drawn
    return drawn.color_mode(common.BigValueColorMode.VALUE).thresholds(_thresholds(panel.limits))


def _targets(panel: Panel) -> list[Builder[Dataquery]]:
    return [
        prometheus.Dataquery()
        .ref_id(chr(ord("A") + place))
        .datasource(_SOURCE)
        .expr(query.expr)
        .legend_format(query.legend)
        .range()
        for place, query in enumerate(panel.queries)
    ]


def _thresholds(limits: Limits) -> dashboard_builder.ThresholdsConfig:
    if limits.is_floor:
        steps = [(None, "red"), (limits.critical, "yellow"), (limits.warning, "green")]
    else:
        steps = [(None, "green"), (limits.warning, "yellow"), (limits.critical, "red")]
    return (
        dashboard_builder.ThresholdsConfig()
        .mode(dashboard.ThresholdsMode.ABSOLUTE)
        .steps([dashboard.Threshold(value=value, color=color) for value, color in steps])
    )


def _runbooks(alerts: Sequence[str]) -> list[Builder[dashboard.DashboardLink]]:
    return [
        dashboard_builder.DashboardLink(f"Runbook: {alert}")
        .type(dashboard.DashboardLinkType.LINK)
        .url(f"${{documents}}docs/runbooks/{alert}.md")
        .target_blank(True)
        for alert in alerts
    ]


def _variables() -> Sequence[Builder[dashboard.VariableModel]]:
    return [
        dashboard_builder.DatasourceVariable("datasource").label("Source").type("prometheus"),
        _label_values("environment", "Environment", "label_values(up, environment)"),
        _label_values("instance", "Instance", f"label_values(up{{{IN_ENVIRONMENT}}}, instance)"),
        # Where docs/ is served, with a slash at its end.
        dashboard_builder.ConstantVariable("documents").label("Documents").value("/"),
    ]


def _label_values(name: str, label: str, query: str) -> dashboard_builder.QueryVariable:
    return (
        dashboard_builder.QueryVariable(name)
        .label(label)
        .datasource(_SOURCE)
        .query(query)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(dashboard.VariableOption(selected=True, text="All", value="$__all"))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    )


def _firing_alerts() -> dashboard_builder.AnnotationQuery:
    return (
        dashboard_builder.AnnotationQuery()
        .name("Firing alerts")
        .datasource(_SOURCE)
        .enable(True)
        .icon_color("red")
        .expr(f'ALERTS{{alertstate="firing", severity!="none", {IN_ENVIRONMENT}}}')
    )


def _other_boards() -> dashboard_builder.DashboardLink:
    return (
        dashboard_builder.DashboardLink("Taskwire")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags(["taskwire"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
