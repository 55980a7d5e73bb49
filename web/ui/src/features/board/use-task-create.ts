import { useApolloClient } from '@apollo/client/react';
import { useCallback } from 'react';
import { getFragmentData, graphql } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';

const TaskCreate = graphql(`
  mutation TaskCreate($input: TaskCreateInput!) {
    taskCreate(input: $input) {
      task {
        ...TaskSnapshot
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Creates a task at the end of a column. */
export function useTaskCreate(projectId: string) {
  const client = useApolloClient();
  return useCallback(
    async (columnId: string, title: string): Promise<void> => {
      await runChange(client, {
        mutation: TaskCreate,
        input: { id: uuidV7(), projectId, columnId, title },
        payload: (data) => data.taskCreate,
        write: (cache, payload) => {
          const task = getFragmentData(TaskSnapshot, payload.task);
          if (task) mergeTask(cache, task, null);
        },
      });
    },
    [client, projectId],
  );
}
