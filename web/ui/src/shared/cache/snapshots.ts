import { graphql } from '@/generated';

/** Everything of a task that live views keep; events and mutations carry it whole. */
export const TaskSnapshot = graphql(`
  fragment TaskSnapshot on Task {
    id
    key
    number
    title
    description
    priority
    estimate
    dueDate
    position
    version
    commentCount
    createdAt
    updatedAt
    archivedAt
    column {
      id
    }
    assignee {
      id
      name
    }
    labels {
      id
      name
      color
      version
    }
    checklist {
      id
      title
      isCompleted
      position
      version
    }
    attachments {
      id
      name
      url
    }
  }
`);

/** Where a task stands, for telling whether an incoming snapshot moves it. */
export const TaskPlace = graphql(`
  fragment TaskPlace on Task {
    id
    version
    archivedAt
    column {
      id
    }
  }
`);

export const ColumnSnapshot = graphql(`
  fragment ColumnSnapshot on BoardColumn {
    id
    name
    category
    wipLimit
    position
    version
    archivedAt
  }
`);

export const LabelSnapshot = graphql(`
  fragment LabelSnapshot on Label {
    id
    name
    color
    version
  }
`);

export const CommentSnapshot = graphql(`
  fragment CommentSnapshot on Comment {
    id
    body
    version
    editedAt
    createdAt
    author {
      id
      name
    }
  }
`);
