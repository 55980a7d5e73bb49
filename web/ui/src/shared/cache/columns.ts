import type { ApolloCache } from '@apollo/client/cache';
import { graphql } from '@/generated';

const EmptyColumn = graphql(`
  fragment EmptyColumn on BoardColumn {
    id
    taskCount
    tasks(first: 100) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Gives a column that has just been created its empty list, unless it has one already. */
export function startEmpty(cache: ApolloCache, columnId: string): void {
  const id = cache.identify({ __typename: 'BoardColumn', id: columnId });
  if (!id || cache.readFragment({ fragment: EmptyColumn, id })) return;
  cache.writeFragment({
    fragment: EmptyColumn,
    id,
    data: {
      __typename: 'BoardColumn',
      id: columnId,
      taskCount: 0,
      tasks: {
        __typename: 'TaskConnection',
        nodes: [],
        pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
      },
    },
  });
}
