import { useQuery } from '@apollo/client/react';
import { graphql } from '@/generated';

const InvitationQuery = graphql(`
  query Invitation($token: String!) {
    invitation(token: $token) {
      workspaceName
      workspaceSlug
      inviterName
      email
      role
      status
      isViewerMember
    }
  }
`);

/** What a token's invitation says to the present viewer; null when it is good for nothing. */
export function useInvitation(token: string) {
  return useQuery(InvitationQuery, { variables: { token }, fetchPolicy: 'network-only' });
}
