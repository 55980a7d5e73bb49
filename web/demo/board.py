"""What stands on the demo board: cards that show around."""

from dataclasses import dataclass
from typing import Final

from domain.entities import ColumnCategory, Priority

# Name, category, limit of work in progress.
COLUMNS: Final = (
    ("Backlog", ColumnCategory.BACKLOG, None),
    ("To do", ColumnCategory.UNSTARTED, None),
    ("In progress", ColumnCategory.STARTED, 3),
    ("Done", ColumnCategory.DONE, None),
    ("Canceled", ColumnCategory.CANCELED, None),
)

LABELS: Final = {
    "start here": "#1f6feb",
    "feature": "#8250df",
    "bug": "#cf222e",
    "design": "#bf3989",
    "docs": "#1a7f37",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoComment:
    """What one of the demo's people says, by their place among the accounts."""

    author: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTask:
    """A card. `due_in_days` counts from today, `assignee` is a place among the accounts."""

    column: str
    title: str
    description: str = ""
    priority: Priority = Priority.NONE
    labels: tuple[str, ...] = ()
    assignee: int | None = None
    due_in_days: int | None = None
    estimate: int | None = None
    # The steps, and how many of them are done.
    checklist: tuple[str, ...] = ()
    done_count: int = 0
    comments: tuple[DemoComment, ...] = ()


_OWNER, _MEMBER = 0, 1

TASKS: Final = (
    DemoTask(
        column="To do",
        title="Drag this card to In progress",
        description=(
            "Use the mouse, a finger, or the keyboard: focus the card, press **Space**, move it "
            "with the **arrow keys** and drop it with **Space**.\n\n"
            "Open this board in a second window first: the card moves there at the same moment."
        ),
        priority=Priority.URGENT,
        labels=("start here",),
        assignee=_OWNER,
        due_in_days=0,
        checklist=(
            "Open the board in a second window",
            "Sign in there as member@demo.test",
            "Drag this card and watch the other window",
        ),
    ),
    DemoTask(
        column="To do",
        title="Open a card and change something",
        description=(
            "Click a card to open it. Title, description, assignee, labels, priority and due date "
            "can be changed in place; descriptions are *Markdown*."
        ),
        priority=Priority.HIGH,
        labels=("start here",),
        due_in_days=1,
        comments=(
            DemoComment(author=_MEMBER, body="Comments appear live as well. Try answering me!"),
        ),
    ),
    DemoTask(
        column="To do",
        title="Ask the API the same questions",
        description=(
            "Everything here goes through one GraphQL API. Open [/graphiql](/graphiql) and run:\n\n"
            "```graphql\n"
            'query {\n  project(key: "DEMO") {\n    name\n'
            "    columns { name taskCount }\n  }\n}\n"
            "```\n\n"
            "Subscriptions work there too: `projectEvents(projectId: …)`."
        ),
        priority=Priority.MEDIUM,
        labels=("start here", "docs"),
        assignee=_MEMBER,
        due_in_days=3,
    ),
    DemoTask(
        column="To do",
        title="Import a board from Trello",
        description=(
            "Export it in Trello as JSON, then run\n\n"
            "```\ntaskwire import trello board.json --workspace demo\n```\n\n"
            "It is safe to repeat: a second run changes nothing."
        ),
        priority=Priority.LOW,
        labels=("docs",),
    ),
    DemoTask(
        column="In progress",
        title="Redesign the onboarding e-mails",
        description="Three e-mails instead of seven, and each with one thing to do.",
        priority=Priority.HIGH,
        labels=("design",),
        assignee=_MEMBER,
        due_in_days=2,
        estimate=5,
        checklist=("Collect what people ask in the first week", "Write", "Test with five people"),
        done_count=1,
        comments=(
            DemoComment(author=_OWNER, body="Can we have the first draft by the end of the week?"),
            DemoComment(author=_MEMBER, body="Yes. The questions are collected, writing now."),
        ),
    ),
    DemoTask(
        column="In progress",
        title="Search forgets accents",
        description=(
            "Searching for `resume` does not find `résumé`.\n\n"
            "1. Create a task named *résumé*\n2. Search for *resume*\n3. Nothing is found"
        ),
        priority=Priority.URGENT,
        labels=("bug",),
        assignee=_OWNER,
        due_in_days=-1,
        estimate=2,
    ),
    DemoTask(
        column="Backlog",
        title="Dark mode for printed reports",
        description="Somebody asked. We smiled. Then two more asked.",
        labels=("feature", "design"),
        estimate=3,
    ),
    DemoTask(
        column="Backlog",
        title="Keyboard shortcut for a new task",
        priority=Priority.MEDIUM,
        labels=("feature",),
        estimate=1,
    ),
    DemoTask(
        column="Backlog",
        title="Weekly digest by e-mail",
        description="What moved, what got stuck, what is due next week.",
        priority=Priority.LOW,
        labels=("feature",),
        due_in_days=21,
        estimate=8,
    ),
    DemoTask(
        column="Backlog",
        title="Explain the roles to new members",
        description=(
            "Owners and admins change everything, members change tasks, viewers look. Sign in as "
            "*viewer@demo.test* to see what a viewer sees."
        ),
        labels=("docs",),
    ),
    DemoTask(
        column="Done",
        title="Set up the workspace",
        labels=("start here",),
        assignee=_OWNER,
        due_in_days=-3,
        checklist=("Create the project", "Invite the team"),
        done_count=2,
    ),
    DemoTask(
        column="Done",
        title="Fix the time zone of due dates",
        priority=Priority.HIGH,
        labels=("bug",),
        assignee=_MEMBER,
        due_in_days=-2,
        estimate=2,
        comments=(DemoComment(author=_OWNER, body="Confirmed in Auckland and Honolulu. Thanks!"),),
    ),
    DemoTask(
        column="Canceled",
        title="Build our own e-mail server",
        description="We looked at it for a day. That was enough.",
        priority=Priority.LOW,
        labels=("feature",),
    ),
)
