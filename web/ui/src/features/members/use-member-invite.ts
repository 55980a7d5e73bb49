import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import type { Role } from '@/generated/graphql';
import { runChange } from '@/shared/graphql/change';
import { uuidV7 } from '@/shared/uuid';
import { MembersQuery } from './use-members';

const MemberInvite = graphql(`
  mutation MemberInvite($input: MemberInviteInput!) {
    memberInvite(input: $input) {
      token
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Invites somebody and resolves with the link for them, which the server tells only now. */
export function useMemberInvite(workspaceId: string) {
  const client = useApolloClient();
  return async (values: { email: string; role: Role }): Promise<string> => {
    const { token } = await runChange(client, {
      mutation: MemberInvite,
      input: { id: uuidV7(), workspaceId, ...values },
      payload: (data) => data.memberInvite,
    });
    if (!token) throw new Error('The server sent no link.');
    await client.refetchQueries({ include: [MembersQuery] });
    return `${window.location.origin}/invite/${token}`;
  };
}
