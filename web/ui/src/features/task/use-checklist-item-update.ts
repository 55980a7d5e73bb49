import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';

const ChecklistItemUpdate = graphql(`
  mutation ChecklistItemUpdate($input: ChecklistItemUpdateInput!) {
    checklistItemUpdate(input: $input) {
      item {
        ...ChecklistItemState
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

const ChecklistItemState = graphql(`
  fragment ChecklistItemState on ChecklistItem {
    id
    title
    isCompleted
    position
    version
  }
`);

type Item = { id: string; isCompleted: boolean };

/** Ticks or unticks a checklist item, shown at once. */
export function useChecklistItemUpdate() {
  const client = useApolloClient();
  return async (item: Item, isCompleted: boolean): Promise<void> => {
    await runChange(client, {
      mutation: ChecklistItemUpdate,
      input: { itemId: item.id, isCompleted },
      payload: (data) => data.checklistItemUpdate,
      optimistic: (cache) => {
        const id = cache.identify({ __typename: 'ChecklistItem', id: item.id });
        if (id) cache.modify({ id, fields: { isCompleted: () => isCompleted } });
      },
      write: (cache, payload) => {
        if (payload.item) {
          cache.writeFragment({
            fragment: ChecklistItemState,
            data: getFragmentData(ChecklistItemState, payload.item),
          });
        }
      },
    });
  };
}
