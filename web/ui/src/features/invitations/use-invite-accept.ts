import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';

const InviteAccept = graphql(`
  mutation InviteAccept($input: InviteAcceptInput!) {
    inviteAccept(input: $input) {
      membership {
        id
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Joins the workspace that the token invites to. */
export function useInviteAccept() {
  const client = useApolloClient();
  return async (token: string): Promise<void> => {
    await runChange(client, {
      mutation: InviteAccept,
      input: { token },
      payload: (data) => data.inviteAccept,
    });
  };
}
