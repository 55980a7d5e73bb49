import { useQuery } from '@apollo/client/react';
import { graphql } from '@/generated';

export const WorkspacesQuery = graphql(`
  query Workspaces {
    workspaces {
      id
      ...WorkspaceSection
    }
  }
`);

/** The workspaces the viewer belongs to. */
export function useWorkspaces() {
  return useQuery(WorkspacesQuery, { fetchPolicy: 'cache-and-network' });
}
