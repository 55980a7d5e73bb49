"""Comparing what subscribers saw and writers were told with the log in Postgres."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg

from tests.faults.journals import Journal
from tests.faults.subscribers import Subscriber
from tests.faults.writers import Writer

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


async def judge(
    postgres_url: str, subscribers: Sequence[Subscriber], writers: Sequence[Writer]
) -> Verdict:
    """The verdict over subscribers that have had time to see everything."""
    connection = await asyncpg.connect(postgres_url)
    try:
        log_by_project_id = {
            project_id: await connection.fetch(_LOG, project_id)
            for project_id in {
                journal.witness.project_id
                for subscriber in subscribers
                for journal in subscriber.journals
            }
        }
        title_by_task_id = {
            task_id: title
            for writer in writers
            for task_id, title in writer.title_by_task_id.items()
        }
        rows = await connection.fetch(_TITLES, list(title_by_task_id))
        titles = {row["id"]: row["title"] for row in rows}
    finally:
        await connection.close()
    journals = [journal for subscriber in subscribers for journal in subscriber.journals]
    acks = [ack for writer in writers for ack in writer.acknowledged]
    rows_by_mutation_id: defaultdict[str, list[asyncpg.Record]] = defaultdict(list)
    for log in log_by_project_id.values():
        for row in log:
            rows_by_mutation_id[row["client_mutation_id"]].append(row)
    mutation_rows = [
        [row for row in rows_by_mutation_id[ack.client_mutation_id] if row["kind"] == ack.kind]
        for ack in acks
    ]
    return Verdict(
        projects=len(log_by_project_id),
        events=sum(map(len, log_by_project_id.values())),
        subscribers=len(subscribers),
        deliveries=sum(journal.delivered for journal in journals),
        acknowledged=len(acks),
        lost=sum(_lost(journal, log_by_project_id) for journal in journals),
        duplicated=sum(journal.duplicates for journal in journals),
        out_of_order=sum(journal.out_of_order for journal in journals),
        falsified=_falsified(journals, log_by_project_id),
        gaps_in_the_log=sum(
            [row["seq"] for row in log] != list(range(1, len(log) + 1))
            for log in log_by_project_id.values()
        ),
        acknowledged_and_missing=sum(
            all(row["seq"] != ack.seq for row in rows)
            for ack, rows in zip(acks, mutation_rows, strict=True)
        ),
        acknowledged_twice=sum(len(rows) > 1 for rows in mutation_rows),
        wrong_titles=sum(
            titles.get(task_id) != title for task_id, title in title_by_task_id.items()
        ),
        refused=sum(len(writer.refused) for writer in writers),
        # Nobody here is ever too slow for the log, which is never cut, and access never changes.
        wrong_resyncs=sum(journal.wrong_resyncs for journal in journals)
        + sum(
            count
            for journal in journals
            for reason, count in journal.resyncs.items()
            if reason != "SLOW_CONSUMER"
        ),
        resyncs=dict(sum((journal.resyncs for journal in journals), Counter())),
        announced=sum(journal.announced for journal in journals),
        unanswered=sum(len(writer.unanswered) for writer in writers),
        retries=dict(sum((writer.retries for writer in writers), Counter())),
        reconnects=sum(max(0, subscriber.connections - 1) for subscriber in subscribers),
        client_errors=dict(sum((subscriber.errors for subscriber in subscribers), Counter())),
    )


def _lost(journal: Journal, log_by_project_id: dict[str, list[asyncpg.Record]]) -> int:
    """What never came: holes, and the end of the log."""
    return (
        len(journal.missing) + len(log_by_project_id[journal.witness.project_id]) - journal.position
    )


def _falsified(
    journals: Sequence[Journal], log_by_project_id: dict[str, list[asyncpg.Record]]
) -> int:
    """Deliveries that two subscribers or the log contradict."""
    witnesses = {journal.witness.project_id: journal.witness for journal in journals}
    count = 0
    for project_id, witness in witnesses.items():
        logged = {row["seq"]: row["id"] for row in log_by_project_id[project_id]}
        count += witness.disagreements
        count += sum(logged.get(seq) != event_id for seq, event_id in witness.id_by_seq.items())
    return count
