import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { forget } from '@/shared/cache/lists';
import { runChange } from '@/shared/graphql/change';

const ChecklistItemDelete = graphql(`
  mutation ChecklistItemDelete($input: ChecklistItemDeleteInput!) {
    checklistItemDelete(input: $input) {
      deletedItemId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Removes an item from its checklist. */
export function useChecklistItemDelete() {
  const client = useApolloClient();
  return async (itemId: string): Promise<void> => {
    await runChange(client, {
      mutation: ChecklistItemDelete,
      input: { itemId },
      payload: (data) => data.checklistItemDelete,
      write: (cache) => forget(cache, { __typename: 'ChecklistItem', id: itemId }),
    });
  };
}
