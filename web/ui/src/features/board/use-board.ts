import { useQuery } from '@apollo/client/react';
import { useCallback } from 'react';
import { graphql } from '@/generated';
import { codeOf } from '@/shared/graphql/problem';

export const BoardQuery = graphql(`
  query Board($slug: String!, $key: String!) {
    project(workspaceSlug: $slug, key: $key) {
      id
      key
      name
      cursor
      viewerRole
      archivedAt
      workspace {
        id
        slug
        name
      }
      columns {
        id
        name
        taskCount
        ...ColumnHeader
        tasks(first: 100) {
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
      ...FilterBar
    }
  }
`);

const NO_ACCESS = new Set(['FORBIDDEN', 'NOT_FOUND']);

function isRefused(error: unknown): boolean {
  return NO_ACCESS.has(codeOf(error) ?? '');
}

/**
 * One project's board with the cursor it stands at, and a way to read it anew.
 * `project` is null where the viewer may see no such project, undefined while it is not known.
 */
export function useBoard(slug: string, key: string) {
  // Live events keep what is cached current only while the board is open, so opening reads it anew.
  const { data, error, refetch } = useQuery(BoardQuery, {
    variables: { slug, key },
    fetchPolicy: 'network-only',
    nextFetchPolicy: 'cache-first',
  });
  const reread = useCallback(async (): Promise<string | null> => {
    try {
      const answer = await refetch();
      return answer.data?.project?.cursor ?? null;
    } catch (reason) {
      if (isRefused(reason)) return null;
      throw reason;
    }
  }, [refetch]);
  return { project: isRefused(error) ? null : data?.project, error, reread };
}
