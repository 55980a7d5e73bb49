import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';
import { WorkspacesQuery } from './use-workspaces';

const WorkspaceCreate = graphql(`
  mutation WorkspaceCreate($input: WorkspaceCreateInput!) {
    workspaceCreate(input: $input) {
      workspace {
        id
        slug
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Creates a workspace and resolves with its slug. */
export function useWorkspaceCreate() {
  const client = useApolloClient();
  return async (values: { name: string; slug: string }): Promise<string> => {
    const { workspace } = await runChange(client, {
      mutation: WorkspaceCreate,
      input: { id: uuidV7(), ...values },
      payload: (data) => data.workspaceCreate,
    });
    await client.refetchQueries({ include: [WorkspacesQuery] });
    return workspace?.slug ?? values.slug;
  };
}
