import { graphql } from '@/generated';

export const ActivityEvent = graphql(`
  fragment ActivityEvent on ProjectEvent {
    id
    seq
    kind
    occurredAt
    actor {
      id
      name
    }
    changes {
      field
      before
      after
    }
  }
`);

export const LiveEvent = graphql(`
  fragment LiveEvent on ProjectEvent {
    ...ActivityEvent
    id
    seq
    cursor
    kind
    taskId
    subjectId
    changes {
      field
      before
      after
    }
    project {
      id
      name
      description
      version
      archivedAt
    }
    task {
      ...TaskSnapshot
    }
    column {
      ...ColumnSnapshot
    }
    label {
      ...LabelSnapshot
    }
    comment {
      ...CommentSnapshot
    }
  }
`);

export const ProjectEventsSubscription = graphql(`
  subscription ProjectEvents($projectId: ID!, $after: Cursor) {
    projectEvents(projectId: $projectId, after: $after) {
      __typename
      ... on ProjectEvent {
        ...LiveEvent
      }
      ... on ResyncRequired {
        reason
        cursor
      }
    }
  }
`);
