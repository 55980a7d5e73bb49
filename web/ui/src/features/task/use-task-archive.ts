import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';

const TaskArchive = graphql(`
  mutation TaskArchive($input: TaskArchiveInput!) {
    taskArchive(input: $input) {
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

/** Takes a task off the board; it can be restored. */
export function useTaskArchive() {
  const client = useApolloClient();
  return async (taskId: string): Promise<void> => {
    await runChange(client, {
      mutation: TaskArchive,
      input: { taskId },
      payload: (data) => data.taskArchive,
      write: (cache, payload) => {
        const task = getFragmentData(TaskSnapshot, payload.task);
        if (task) mergeTask(cache, task, null);
      },
    });
  };
}
