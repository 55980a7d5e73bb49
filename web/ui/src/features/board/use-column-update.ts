import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { ColumnSnapshot } from '@/shared/cache/snapshots';
import { runChange } from '@/shared/graphql/change';
import type { ColumnValues } from './column-form';

const ColumnUpdate = graphql(`
  mutation ColumnUpdate($input: ColumnUpdateInput!) {
    columnUpdate(input: $input) {
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

/** Renames a column or changes its meaning or limit. */
export function useColumnUpdate() {
  const client = useApolloClient();
  return async (columnId: string, version: number, values: ColumnValues): Promise<void> => {
    await runChange(client, {
      mutation: ColumnUpdate,
      input: { columnId, expectedVersion: version, ...values },
      payload: (data) => data.columnUpdate,
      write: (cache, payload) => {
        const column = getFragmentData(ColumnSnapshot, payload.column);
        if (column) cache.writeFragment({ fragment: ColumnSnapshot, data: column });
      },
    });
  };
}
