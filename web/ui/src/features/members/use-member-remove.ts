import { useApolloClient } from '@apollo/client/react';
import { graphql } from '@/generated';
import { runChange } from '@/shared/graphql/change';

const MemberRemove = graphql(`
  mutation MemberRemove($input: MemberRemoveInput!) {
    memberRemove(input: $input) {
      deletedMembershipId
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Ends a membership, one's own or somebody else's. */
export function useMemberRemove() {
  const client = useApolloClient();
  return async (membershipId: string): Promise<void> => {
    await runChange(client, {
      mutation: MemberRemove,
      input: { membershipId },
      payload: (data) => data.memberRemove,
    });
  };
}
