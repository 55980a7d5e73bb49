"""Comparing what subscribers saw and writers were told with the log in Postgres."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from tests.faults.journals import Journal
from tests.faults.subscribers import Subscriber
from tests.faults.writers import Acknowledged, Writer

_LOG = """SELECT seq, id::text, kind, client_mutation_id FROM project_events
    WHERE project_id = $1 ORDER BY seq"""
_TITLES = "SELECT id::text, title FROM tasks WHERE id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What went right and what must be zero."""

    projects: int
    events: int
    subscribers: int
    deliveries: int
    acknowledged: int
    # From here on: not zero is a defect.
    lost: int
    duplicated: int
    out_of_order: int
    falsified: int
    gaps_in_the_log: int
    acknowledged_and_missing: int
    acknowledged_twice: int
    wrong_titles: int
    refused: int
    wrong_resyncs: int
    # From here on: told, not judged.
    resyncs: dict[str, int]
    announced: int
    unanswered: int
    retries: dict[str, int]
    reconnects: int
    client_errors: dict[str, int]

    @property
    def defects(self) -> dict[str, int]:
        """The counts that must be zero and are not."""
        names = (
            "lost", "duplicated", "out_of_order", "falsified", "gaps_in_the_log",
            "acknowledged_and_missing", "acknowledged_twice", "wrong_titles", "refused",
            "wrong_resyncs",
        )  # fmt: skip
        counts: dict[str, Any] = asdict(self)
        return {name: counts[name] for name in names if counts[name]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Truth:
    """What is in Postgres."""

    log_by_project_id: Mapping[str, Sequence[asyncpg.Record]]
    title_by_task_id: Mapping[str, str]


async def judge(
    postgres_url: str, subscribers: Sequence[Subscriber], writers: Sequence[Writer]
) -> Verdict:
    """The verdict over subscribers that have had time to see everything."""
    journals = [journal for subscriber in subscribers for journal in subscriber.journals]
    titles = {
        task_id: title for writer in writers for task_id, title in writer.title_by_task_id.items()
    }
    project_ids = {journal.witness.project_id for journal in journals}
    truth = await _read_truth(postgres_url, project_ids, list(titles))
    logs = truth.log_by_project_id
    acks = [ack for writer in writers for ack in writer.acknowledged]
    seqs_by_ack = _seqs_by_ack(truth, acks)
    resyncs = sum((journal.resyncs for journal in journals), Counter[str]())
    return Verdict(
        projects=len(logs),
        events=sum(map(len, logs.values())),
        subscribers=len(subscribers),
        deliveries=sum(journal.delivered for journal in journals),
        acknowledged=len(acks),
        lost=sum(_lost(journal, logs) for journal in journals),
        duplicated=sum(journal.duplicates for journal in journals),
        out_of_order=sum(journal.out_of_order for journal in journals),
        falsified=_falsified(journals, logs),
        gaps_in_the_log=sum(
            [row["seq"] for row in log] != list(range(1, len(log) + 1)) for log in logs.values()
        ),
        acknowledged_and_missing=sum(ack.seq not in seqs for ack, seqs in seqs_by_ack.items()),
        acknowledged_twice=sum(len(seqs) > 1 for seqs in seqs_by_ack.values()),
        wrong_titles=sum(
            truth.title_by_task_id.get(task_id) != title for task_id, title in titles.items()
        ),
        refused=sum(len(writer.refused) for writer in writers),
        # Nobody here is ever too slow for the log, which is never cut, and access never changes.
        wrong_resyncs=sum(journal.wrong_resyncs for journal in journals)
        + sum(count for reason, count in resyncs.items() if reason != "SLOW_CONSUMER"),
        resyncs=dict(resyncs),
        announced=sum(journal.announced for journal in journals),
        unanswered=sum(len(writer.unanswered) for writer in writers),
        retries=dict(sum((writer.retries for writer in writers), Counter[str]())),
        reconnects=sum(max(0, subscriber.connections - 1) for subscriber in subscribers),
        client_errors=dict(sum((one.errors for one in subscribers), Counter[str]())),
    )


async def _read_truth(
    postgres_url: str, project_ids: Collection[str], task_ids: Sequence[str]
) -> _Truth:
    connection = await asyncpg.connect(postgres_url)
    try:
        return _Truth(
            log_by_project_id={
                project_id: await connection.fetch(_LOG, project_id) for project_id in project_ids
            },
            title_by_task_id={
                row["id"]: row["title"] for row in await connection.fetch(_TITLES, task_ids)
            },
        )
    finally:
        await connection.close()


def _seqs_by_ack(
    truth: _Truth, acks: Sequence[Acknowledged]
) -> Mapping[Acknowledged, Sequence[int]]:
    """The seqs of the events each acknowledged change has made."""
    seqs_by_change: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for project_id, log in truth.log_by_project_id.items():
        for row in log:
            seqs_by_change[project_id, row["client_mutation_id"], row["kind"]].append(row["seq"])
    return {ack: seqs_by_change[ack.project_id, ack.client_mutation_id, ack.kind] for ack in acks}


def _lost(journal: Journal, log_by_project_id: Mapping[str, Sequence[asyncpg.Record]]) -> int:
    """What never came: holes, and the end of the log."""
    return (
        len(journal.missing) + len(log_by_project_id[journal.witness.project_id]) - journal.position
    )


def _falsified(
    journals: Sequence[Journal], log_by_project_id: Mapping[str, Sequence[asyncpg.Record]]
) -> int:
    """Deliveries that two subscribers or the log contradict."""
    witnesses = {journal.witness.project_id: journal.witness for journal in journals}
    count = 0
    for project_id, witness in witnesses.items():
        logged = {row["seq"]: row["id"] for row in log_by_project_id[project_id]}
        count += witness.disagreements
        count += sum(logged.get(seq) != event_id for seq, event_id in witness.id_by_seq.items())
    return count
