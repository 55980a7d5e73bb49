import { useApolloClient } from '@apollo/client/react';
import { getFragmentData, graphql } from '@/generated';
import { CommentSnapshot } from '@/shared/cache/snapshots';
import { runChange } from '@/shared/graphql/change';

const CommentUpdate = graphql(`
  mutation CommentUpdate($input: CommentUpdateInput!) {
    commentUpdate(input: $input) {
      comment {
        ...CommentSnapshot
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Rewrites one's own comment. */
export function useCommentUpdate() {
  const client = useApolloClient();
  return async (commentId: string, expectedVersion: number, body: string): Promise<void> => {
    await runChange(client, {
      mutation: CommentUpdate,
      input: { commentId, expectedVersion, body },
      payload: (data) => data.commentUpdate,
      write: (cache, payload) => {
        const comment = getFragmentData(CommentSnapshot, payload.comment);
        if (comment) cache.writeFragment({ fragment: CommentSnapshot, data: comment });
      },
    });
  };
}
