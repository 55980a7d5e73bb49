import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { startEmpty } from '@/shared/cache/columns';
import { addToList } from '@/shared/cache/lists';
import { ColumnSnapshot } from '@/shared/cache/snapshots';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';
import type { ColumnValues } from './column-form';

const ColumnCreate = graphql(`
  mutation ColumnCreate($input: ColumnCreateInput!) {
    columnCreate(input: $input) {
      column {
        ...ColumnSnapshot
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Creates a column at the board's right end. */
export function useColumnCreate(projectId: string) {
  const client = useApolloClient();
  return async (values: ColumnValues): Promise<void> => {
    await runChange(client, {
      mutation: ColumnCreate,
      input: { id: uuidV7(), projectId, ...values },
      payload: (data) => data.columnCreate,
      write: (cache, payload) => {
        const column = getFragmentData(ColumnSnapshot, payload.column);
        if (!column) return;
        cache.writeFragment({ fragment: ColumnSnapshot, data: column });
        startEmpty(cache, column.id);
        const project = { __typename: 'Project', id: projectId } as const;
        addToList(cache, project, 'columns', { __typename: 'BoardColumn', id: column.id });
      },
    });
  };
}
