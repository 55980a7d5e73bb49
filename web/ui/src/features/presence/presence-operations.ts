import { graphql } from '@/generated';

export const PresenceSubscription = graphql(`
  subscription Presence($projectId: ID!) {
    presence(projectId: $projectId) {
      isComplete
      members {
        userId
        user {
          id
          name
        }
        taskId
        draggedTaskId
      }
    }
  }
`);

export const PresenceUpdate = graphql(`
  mutation PresenceUpdate($input: PresenceUpdateInput!) {
    presenceUpdate(input: $input) {
      errors {
        code
        field
        message
      }
    }
  }
`);
