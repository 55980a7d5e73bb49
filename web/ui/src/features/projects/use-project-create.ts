import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';

const ProjectCreate = graphql(`
  mutation ProjectCreate($input: ProjectCreateInput!) {
    projectCreate(input: $input) {
      project {
        id
        key
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Creates a project with the usual columns and resolves with its key. */
export function useProjectCreate(workspaceId: string) {
  const client = useApolloClient();
  return async (values: { name: string; key: string; description: string }): Promise<string> => {
    const { project } = await runChange(client, {
      mutation: ProjectCreate,
      input: { id: uuidV7(), workspaceId, withDefaultColumns: true, ...values },
      payload: (data) => data.projectCreate,
    });
    return project?.key ?? values.key;
  };
}
