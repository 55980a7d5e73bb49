import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { ColumnSnapshot } from '@/shared/cache/snapshots';
import { runChange } from '@/shared/graphql/change';

const ColumnMove = graphql(`
  mutation ColumnMove($input: ColumnMoveInput!) {
    columnMove(input: $input) {
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

/** Moves a column next to another one. */
export function useColumnMove() {
  const client = useApolloClient();
  return async (
    columnId: string,
    neighbour: { beforeColumnId: string } | { afterColumnId: string },
  ): Promise<void> => {
    await runChange(client, {
      mutation: ColumnMove,
      input: { columnId, ...neighbour },
      payload: (data) => data.columnMove,
      write: (cache, payload) => {
        const column = getFragmentData(ColumnSnapshot, payload.column);
        if (column) cache.writeFragment({ fragment: ColumnSnapshot, data: column });
      },
    });
  };
}
