"""What every subscriber asks of every server."""

from typing import Final

SELECTION: Final = """
  __typename
  ... on ProjectEvent {
    seq occurredAt kind taskId actor { id name } changes { field before after }
    task { id key title priority position dueDate version column { id } assignee { id name }
      labels { id name color } commentCount }
  }
  ... on ResyncRequired { reason cursor }
"""
DOCUMENT: Final = (
    "subscription($projectId: ID!) { projectEvents(projectId: $projectId) {" + SELECTION + "} }"
)
