import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { forget } from '@/shared/cache/lists';
import { runChange } from '@/shared/graphql/change';

const ColumnDelete = graphql(`
  mutation ColumnDelete($input: ColumnDeleteInput!) {
    columnDelete(input: $input) {
      deletedColumnId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Deletes a column; its tasks go to the target column and arrive there as events. */
export function useColumnDelete() {
  const client = useApolloClient();
  return async (columnId: string, targetColumnId: string | null): Promise<void> => {
    await runChange(client, {
      mutation: ColumnDelete,
      input: { columnId, targetColumnId },
      payload: (data) => data.columnDelete,
      write: (cache) => forget(cache, { __typename: 'BoardColumn', id: columnId }),
    });
  };
}
