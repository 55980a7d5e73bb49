// What the programs beside share: they follow one project and tell each event as a line of JSON.

/** What the test asks for, as JSON in the first argument: { url, token, projectId, after }. */
export const wanted = JSON.parse(process.argv[2]);

export const authorization = `Bearer ${wanted.token}`;

export const websocketUrl = `${wanted.url.replace('http', 'ws')}/graphql`;

export const DOCUMENT = /* GraphQL */ `
  subscription Follow($projectId: ID!, $after: Cursor) {
    projectEvents(projectId: $projectId, after: $after) {
      __typename
      ... on ProjectEvent {
        seq
        cursor
        task {
          title
        }
      }
      ... on ResyncRequired {
        reason
        cursor
      }
    }
  }
`;

let cursor = wanted.after;

/** The variables of now: read anew, they continue behind the event that was taken last. */
export const variables = {
  projectId: wanted.projectId,
  get after() {
    return cursor;
  },
};

export function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Takes one result of the subscription. */
export function take({ data, errors }) {
  if (errors?.length || !data) {
    tell({ errors: errors ?? [] });
    return;
  }
  const update = data.projectEvents;
  cursor = update.cursor;
  tell(
    update.__typename === 'ProjectEvent'
      ? { seq: update.seq, title: update.task?.title ?? null }
      : { resync: update.reason },
  );
}

/** A moment that differs between clients, so that they do not come back all at once. */
export function waitToRetry() {
  return new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
}

/** Runs `subscribe` again and again: it resolves when a subscription has ended. */
export async function keepFollowing(subscribe) {
  for (;;) {
    await subscribe({ projectId: variables.projectId, after: variables.after });
    await waitToRetry();
  }
}

// The test ends the program by closing its input.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
