import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import type { LabelSnapshotFragment } from '@/generated/graphql';
import { addToList } from '@/shared/cache/lists';
import { LabelSnapshot } from '@/shared/cache/snapshots';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';

const LabelCreate = graphql(`
  mutation LabelCreate($input: LabelCreateInput!) {
    labelCreate(input: $input) {
      label {
        ...LabelSnapshot
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Creates a label in the project and resolves with it. */
export function useLabelCreate(projectId: string) {
  const client = useApolloClient();
  return async (name: string, color: string): Promise<LabelSnapshotFragment | null> => {
    const { label } = await runChange(client, {
      mutation: LabelCreate,
      input: { id: uuidV7(), projectId, name, color },
      payload: (data) => data.labelCreate,
      write: (cache, payload) => {
        const created = getFragmentData(LabelSnapshot, payload.label);
        if (!created) return;
        cache.writeFragment({ fragment: LabelSnapshot, data: created });
        const project = { __typename: 'Project', id: projectId } as const;
        addToList(cache, project, 'labels', { __typename: 'Label', id: created.id });
      },
    });
    return getFragmentData(LabelSnapshot, label) ?? null;
  };
}
