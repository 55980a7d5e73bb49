import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { forget } from '@/shared/cache/lists';
import { runChange } from '@/shared/graphql/change';

const CommentDelete = graphql(`
  mutation CommentDelete($input: CommentDeleteInput!) {
    commentDelete(input: $input) {
      deletedCommentId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Deletes a comment; the task's count follows with the event. */
export function useCommentDelete() {
  const client = useApolloClient();
  return async (commentId: string): Promise<void> => {
    await runChange(client, {
      mutation: CommentDelete,
      input: { commentId },
      payload: (data) => data.commentDelete,
      write: (cache) => forget(cache, { __typename: 'Comment', id: commentId }),
    });
  };
}
