import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';

const ChecklistItemCreate = graphql(`
  mutation ChecklistItemCreate($input: ChecklistItemCreateInput!) {
    checklistItemCreate(input: $input) {
      item {
        id
        task {
          ...TaskSnapshot
        }
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Adds an item to the end of a task's checklist. */
export function useChecklistItemCreate(taskId: string) {
  const client = useApolloClient();
  return async (title: string): Promise<void> => {
    await runChange(client, {
      mutation: ChecklistItemCreate,
      input: { id: uuidV7(), taskId, title },
      payload: (data) => data.checklistItemCreate,
      write: (cache, { item }) => {
        const task = getFragmentData(TaskSnapshot, item?.task);
        if (task) mergeTask(cache, task, null);
      },
    });
  };
}
