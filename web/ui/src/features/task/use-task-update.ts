import { useApolloClient } from '@apollo/client/react';
import { useCallback } from 'react';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import type { TaskUpdateInput } from '@/generated/graphql';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { ChangeRefused, runChange } from '@/shared/graphql/change';
import type { TaskFields } from './task-data';

const TaskUpdate = graphql(`
  mutation TaskUpdate($input: TaskUpdateInput!) {
    taskUpdate(input: $input) {
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

type Changes = Omit<TaskUpdateInput, 'taskId' | 'clientMutationId' | 'idempotencyKey'>;

/** Somebody else changed the task since `expectedVersion`; `current` is what it is now. */
export class StaleTask extends Error {
  readonly current: TaskFields;

  constructor(current: TaskFields) {
    super('Changed by somebody else meanwhile.');
    this.name = 'StaleTask';
    this.current = current;
  }
}

/**
 * Changes a task's fields. `shown` is how the task looks until the server has answered.
 *
 * @throws StaleTask when `expectedVersion` is given and no longer the task's
 */
export function useTaskUpdate(task: TaskFields) {
  const client = useApolloClient();
  return useCallback(
    async (changes: Changes, shown: Partial<TaskFields> = {}): Promise<void> => {
      try {
        await runChange(client, {
          mutation: TaskUpdate,
          input: { taskId: task.id, ...changes },
          payload: (data) => data.taskUpdate,
          optimistic: (cache) =>
            cache.writeFragment({ fragment: TaskSnapshot, data: { ...task, ...shown } }),
          write: (cache, payload) => {
            const updated = getFragmentData(TaskSnapshot, payload.task);
            if (updated) mergeTask(cache, updated, null);
          },
        });
      } catch (error) {
        const current = staleTaskIn(error);
        if (!current) throw error;
        mergeTask(client.cache, current, null);
        throw new StaleTask(current);
      }
    },
    [client, task],
  );
}

function staleTaskIn(error: unknown): TaskFields | null {
  if (!(error instanceof ChangeRefused) || error.code !== 'STALE_VERSION') return null;
  const { task } = error.payload as { task?: FragmentType<typeof TaskSnapshot> | null };
  return getFragmentData(TaskSnapshot, task) ?? null;
}
