import { useApolloClient } from '@apollo/client/react';
import { useCallback } from 'react';
import { getFragmentData, graphql } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';
import { messageOf } from '@/shared/graphql/problem';
import { useToast } from '@/shared/ui/toast';
import { usePendingMoves } from './pending-moves-context';

const TaskMove = graphql(`
  mutation TaskMove($input: TaskMoveInput!) {
    taskMove(input: $input) {
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

export type TaskMoveRequest = {
  task: { id: string; key: string };
  columnId: string;
  /** Where to show it meanwhile. */
  position: string;
  /** The neighbour it goes next to; neither means the end of the column. */
  afterTaskId?: string;
  beforeTaskId?: string;
};

/** Moves a task, shown at once; where the server refuses it goes back with a message that says why. */
export function useTaskMove() {
  const client = useApolloClient();
  const moves = usePendingMoves();
  const toast = useToast();

  return useCallback(
    async ({ task, columnId, position, ...neighbour }: TaskMoveRequest): Promise<void> => {
      const send = async () => {
        await runChange(client, {
          mutation: TaskMove,
          input: { taskId: task.id, columnId, ...neighbour },
          payload: (data) => data.taskMove,
          write: (cache, payload) => {
            const moved = getFragmentData(TaskSnapshot, payload.task);
            if (moved) mergeTask(cache, moved, null);
          },
        });
      };
      try {
        await moves.run(task.id, { columnId, position }, send);
      } catch (error) {
        toast(`${task.key} went back. ${messageOf(error)}`);
      }
    },
    [client, moves, toast],
  );
}
