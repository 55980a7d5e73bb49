import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';

const TaskRestore = graphql(`
  mutation TaskRestore($input: TaskRestoreInput!) {
    taskRestore(input: $input) {
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

/** Puts an archived task back on the board. */
export function useTaskRestore() {
  const client = useApolloClient();
  return async (taskId: string): Promise<void> => {
    await runChange(client, {
      mutation: TaskRestore,
      input: { taskId },
      payload: (data) => data.taskRestore,
      write: (cache, payload) => {
        const task = getFragmentData(TaskSnapshot, payload.task);
        if (task) mergeTask(cache, task, null);
      },
    });
  };
}
