"""What an import shows on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.board_import import ImportKind, ImportSummary
from domain.commands import import_run

_TITLE_BY_KIND: Final = {
    ImportKind.PROJECT: "Projects",
    ImportKind.COLUMN: "Columns",
    ImportKind.LABEL: "Labels",
    ImportKind.MEMBER: "Members",
    ImportKind.USER: "People",
    ImportKind.TASK: "Tasks",
    ImportKind.CHECKLIST_ITEM: "Checklist items",
    ImportKind.ATTACHMENT: "Attachments",
    ImportKind.COMMENT: "Comments",
}


@contextmanager
def progress_bar(title: str) -> Iterator[import_run.Progress]:
    """A bar on the terminal's error stream that is gone when the block ends; nothing elsewhere."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(f"Importing {title}", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show


def print_summary(summary: ImportSummary) -> None:
    """Print what was made, what was there already and what is not kept."""
    # No colour codes, no highlighting and no wrapping of sentences: it may be read by a script.
    console = Console(highlight=False, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for heading in ("created", "of them archived", "imported before"):
        table.add_column(heading, justify="right")
    for kind, title in _TITLE_BY_KIND.items():
        counts = (summary.created, summary.archived, summary.present)
        created, archived, present = (count.get(kind, 0) for count in counts)
        if created or present:
            table.add_row(title, str(created), str(archived or ""), str(present))
    console.print(table)
    if summary.remarks:
        console.print("Not kept as it was:")
        for remark, count in sorted(summary.remarks.items()):
            console.print(f"  {count:>5}  {escape(remark)}")
        console.print()
    project = summary.project
    name = escape(f"{project.name} ({project.key})")
    if summary.changed_nothing:
        console.print(f"Nothing new: {name} has everything in this file.")
    else:
        console.print(f"The board is here as {name}.")
