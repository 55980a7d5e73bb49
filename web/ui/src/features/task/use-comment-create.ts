import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { addToList } from '@/shared/cache/lists';
import { CommentSnapshot, TaskSnapshot } from '@/shared/cache/snapshots';
import { mergeTask } from '@/shared/cache/tasks';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';

const CommentCreate = graphql(`
  mutation CommentCreate($input: CommentCreateInput!) {
    commentCreate(input: $input) {
      comment {
        ...CommentSnapshot
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

/** Writes a comment on a task. */
export function useCommentCreate(taskId: string) {
  const client = useApolloClient();
  return async (body: string): Promise<void> => {
    await runChange(client, {
      mutation: CommentCreate,
      input: { id: uuidV7(), taskId, body },
      payload: (data) => data.commentCreate,
      write: (cache, payload) => {
        const comment = getFragmentData(CommentSnapshot, payload.comment);
        const task = getFragmentData(TaskSnapshot, payload.comment?.task);
        if (!comment || !task) return;
        cache.writeFragment({ fragment: CommentSnapshot, data: comment });
        const owner = { __typename: 'Task', id: taskId } as const;
        addToList(cache, owner, 'comments', { __typename: 'Comment', id: comment.id });
        mergeTask(cache, task, null);
      },
    });
  };
}
