import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { dropTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';

const TaskDelete = graphql(`
  mutation TaskDelete($input: TaskDeleteInput!) {
    taskDelete(input: $input) {
      deletedTaskId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Deletes a task for good. */
export function useTaskDelete() {
  const client = useApolloClient();
  return async (taskId: string): Promise<void> => {
    await runChange(client, {
      mutation: TaskDelete,
      input: { taskId },
      payload: (data) => data.taskDelete,
      write: (cache) => dropTask(cache, taskId, null),
    });
  };
}
