import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';

const ColumnTasksQuery = graphql(`
  query ColumnTasks($columnId: ID!, $after: String) {
    node(id: $columnId) {
      __typename
      ... on BoardColumn {
        id
        tasks(first: 100, after: $after) {
          nodes {
            id
            position
            ...TaskPlace
            ...TaskCard
            ...FilteredTask
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

/** Reads a column's next page of tasks into its list. */
export function useColumnTasks() {
  const client = useApolloClient();
  return async (columnId: string, after: string | null): Promise<void> => {
    await client.query({
      query: ColumnTasksQuery,
      variables: { columnId, after },
      fetchPolicy: 'network-only',
    });
  };
}
