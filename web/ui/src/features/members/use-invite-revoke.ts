import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';
import { MembersQuery } from './use-members';

const InviteRevoke = graphql(`
  mutation InviteRevoke($input: InviteRevokeInput!) {
    inviteRevoke(input: $input) {
      deletedInvitationId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Takes an invitation back; its link opens nothing from then on. */
export function useInviteRevoke() {
  const client = useApolloClient();
  return async (invitationId: string): Promise<void> => {
    await runChange(client, {
      mutation: InviteRevoke,
      input: { invitationId },
      payload: (data) => data.inviteRevoke,
    });
    await client.refetchQueries({ include: [MembersQuery] });
  };
}
