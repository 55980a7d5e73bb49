"""What a run was and what came of it, as JSON and for people."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.faults.run import Outcome

# What counts as normal: a person sees no delay, or twice what this machine did before the first
# fault, but never more than a machine that is any use does.
_NORMAL_SECONDS: Final = 0.5
_CALM_FACTOR: Final = 2.0
_NORMAL_SECONDS_MAX: Final = 2.0
# What the system gets to come back before the next fault spoils the measurement.
_UNDISTURBED_SECONDS: Final = 5.0


def write_report(outcome: Outcome, path: Path) -> str:
    """Write it as JSON → the same in Markdown."""
    figures = figures_of(outcome)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, default=str))
    text = as_markdown(figures)
    path.with_suffix(".md").write_text(text)
    return text


def figures_of(outcome: Outcome) -> dict[str, Any]:
    """Everything about the run."""
    latencies, first = outcome.latencies, outcome.began_at
    calm_since = first + outcome.plan.warm_up_seconds
    calm_until = calm_since + outcome.plan.calm_seconds
    calm = [
        latencies.percentile(share, since=calm_since, until=calm_until)
        for share in (0.5, 0.95, 0.99)
    ]
    limit = min(max(_NORMAL_SECONDS, _CALM_FACTOR * (calm[1] or 0.0)), _NORMAL_SECONDS_MAX)
    return {
        "plan": asdict(outcome.plan),
        "seconds": round(outcome.ended_at - outcome.began_at, 1),
        "faults": len(outcome.happened),
        "faults_by_kind": _count_by_kind(outcome),
        "verdict": asdict(outcome.verdict),
        "defects": outcome.verdict.defects,
        "crashes": list(outcome.crashes),
        "settled_after": outcome.settled_after,
        "calm_p50_p95_p99": calm,
        "normal_below": limit,
        "recoveries": _recoveries(outcome, limit),
        "happened": [
            {
                "fault": str(happened.fault),
                "began": round(happened.began_at - first, 1),
                "returned": round(happened.returned_at - first, 1),
            }
            for happened in outcome.happened
        ],
        "p50_and_p95_by_second": [
            [latencies.percentile(share, since=at, until=at + 1) for share in (0.5, 0.95)]
            for at in range(int(first), int(outcome.ended_at))
        ],
    }


def _count_by_kind(outcome: Outcome) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for happened in outcome.happened:
        counts[_subject(happened.fault.target, happened.fault.kind)] += 1
    return dict(sorted(counts.items()))


def _subject(target: str, kind: str) -> str:
    return f"{kind}, {target.partition('-')[0]}"


def _recoveries(outcome: Outcome, limit: float) -> dict[str, dict[str, float]]:
    """Seconds from the return of what was broken to normal latency, by kind of fault.

    Only where nothing else was broken meanwhile; nothing is counted as 0.
    """
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for happened in outcome.happened:
        others = [other for other in outcome.happened if other is not happened]
        nearest = min(
            (other.began_at for other in others if other.returned_at > happened.returned_at),
            default=outcome.ended_at,
        )
        if nearest < happened.returned_at + _UNDISTURBED_SECONDS:
            continue
        seconds = outcome.latencies.seconds_until_normal(
            since=happened.returned_at, until=min(nearest, outcome.ended_at), limit=limit
        )
        kind = _subject(happened.fault.target, happened.fault.kind)
        by_kind[kind].append(float("inf") if seconds is None else round(seconds, 2))
    return {
        kind: {"measured": len(seconds), "median": median(seconds), "longest": max(seconds)}
        for kind, seconds in sorted(by_kind.items())
    }


def as_markdown(figures: dict[str, Any]) -> str:
    """The figures for people."""
    plan, verdict = figures["plan"], figures["verdict"]
    size = plan["size"]
    lines = [
        (
            f"Seed {plan['seed']}: {figures['faults']} faults in {figures['seconds']} s; "
            f"{size['webs']} web, {size['relays']} relays, {size['bridges']} bridges; "
            f"{verdict['subscribers']} subscribers of {plan['projects_per_subscriber']} of "
            f"{verdict['projects']} projects."
        ),
        "",
        (
            f"{verdict['events']} events, {verdict['deliveries']} deliveries: "
            f"{verdict['lost']} lost, "
            f"{verdict['duplicated']} duplicated, {verdict['out_of_order']} out of order, "
            f"{verdict['falsified']} falsified."
        ),
        (
            f"{verdict['acknowledged']} changes acknowledged: "
            f"{verdict['acknowledged_and_missing']} missing, {verdict['acknowledged_twice']} made "
            f"twice, {verdict['refused']} refused, {verdict['unanswered']} unanswered; "
            f"retries {verdict['retries']}."
        ),
        (
            f"Resyncs {verdict['resyncs']}, {verdict['wrong_resyncs']} wrong; "
            f"{verdict['reconnects']} reconnects; what clients were told: "
            f"{verdict['client_errors']}."
        ),
        (
            f"Defects {figures['defects']}, crashes {figures['crashes']}; all seen "
            f"{figures['settled_after']} s after the end."
        ),
        (
            f"Before the first fault p50, p95, p99 at most {figures['calm_p50_p95_p99']} s; "
            f"normal is below {figures['normal_below']} s."
        ),
        "",
        "| fault | undisturbed | median recovery, s | longest, s |",
        "| --- | ---: | ---: | ---: |",
        *_rows(figures["recoveries"]),
        "",
    ]
    return "\n".join(lines)


def _rows(recoveries: dict[str, dict[str, float]]) -> Sequence[str]:
    return [
        f"| {kind} | {row['measured']} | {row['median']} | {row['longest']} |"
        for kind, row in recoveries.items()
    ]
