import { useQuery } from '@apollo/client/react';
import { graphql } from '@/generated';

export const ProjectsQuery = graphql(`
  query Projects($slug: String!, $after: String) {
    workspace(slug: $slug) {
      id
      slug
      name
      viewerRole
      projects(first: 100, after: $after) {
        nodes {
          id
          ...ProjectTile
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** A workspace with its projects; `workspace` is null where the viewer has no such workspace. */
export function useProjects(slug: string) {
  return useQuery(ProjectsQuery, { variables: { slug }, fetchPolicy: 'cache-and-network' });
}
