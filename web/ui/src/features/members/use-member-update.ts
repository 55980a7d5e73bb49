import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import type { Role } from '@/generated/graphql';
import { runChange } from '@/shared/graphql/change';
import { MembersQuery } from './use-members';

const MemberUpdate = graphql(`
  mutation MemberUpdate($input: MemberUpdateInput!) {
    memberUpdate(input: $input) {
      membership {
        id
        role
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Gives a member another role. */
export function useMemberUpdate() {
  const client = useApolloClient();
  return async (membershipId: string, role: Role): Promise<void> => {
    await runChange(client, {
      mutation: MemberUpdate,
      input: { membershipId, role },
      payload: (data) => data.memberUpdate,
    });
    await client.refetchQueries({ include: [MembersQuery] });
  };
}
