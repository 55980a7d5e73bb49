import { useQuery } from '@apollo/client/react';
import { graphql } from '@/generated';

export const TaskPanelQuery = graphql(`
  query TaskPanel($slug: String!, $taskKey: String!, $commentsAfter: String) {
    task(workspaceSlug: $slug, key: $taskKey) {
      id
      ...TaskSnapshot
      creator {
        id
        name
      }
      column {
        id
        name
        category
      }
      project {
        id
        viewerRole
        archivedAt
        columns {
          id
          name
          position
          archivedAt
        }
        labels {
          ...LabelSnapshot
        }
        members {
          id
          user {
            id
            name
          }
        }
      }
      comments(first: 250, after: $commentsAfter) {
        nodes {
          id
          ...CommentSnapshot
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      events(last: 100) {
        nodes {
          id
          ...ActivityEvent
        }
      }
    }
  }
`);

/** One task with everything its panel shows; `task` is null where there is none to see. */
export function useTask(slug: string, taskKey: string) {
  return useQuery(TaskPanelQuery, {
    variables: { slug, taskKey },
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
}
