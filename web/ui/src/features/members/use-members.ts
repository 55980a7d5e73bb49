import { useQuery } from '@apollo/client/react';
import { graphql } from '@/generated';

export const MembersQuery = graphql(`
  query Members($slug: String!) {
    workspace(slug: $slug) {
      id
      slug
      name
      viewerRole
      members {
        id
        ...MemberRow
      }
      invitations {
        id
        ...InvitationRow
      }
    }
  }
`);

/** Who belongs to a workspace and who is invited; `workspace` is null where there is none such. */
export function useMembers(slug: string) {
  return useQuery(MembersQuery, { variables: { slug }, fetchPolicy: 'cache-and-network' });
}
