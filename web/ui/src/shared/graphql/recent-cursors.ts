import { ApolloLink } from '@apollo/client';
import { map } from 'rxjs';

// The server takes ten; nobody changes more projects within a replica's lag.
const MAX = 5;

/** The positions seen last, in changes and live events: what is read next must be as new. */
export class RecentCursors {
  #cursors: string[] = [];

  note(cursor: string): void {
    this.#cursors = [cursor, ...this.#cursors.filter((other) => other !== cursor)].slice(0, MAX);
  }

  get list(): readonly string[] {
    return this.#cursors;
  }
}

function cursorsIn(data: unknown): string[] {
  return Object.values(data ?? {}).flatMap((payload: unknown) => {
    const cursor = (payload as { cursor?: unknown } | null)?.cursor;
    return typeof cursor === 'string' ? [cursor] : [];
  });
}

/**
 * Tells the server with every operation what this client has seen, and remembers what its own
 * changes led to, so that a query answered by a lagging replica cannot take them back.
 */
export function readAfterLink(recent: RecentCursors): ApolloLink {
  return new ApolloLink((operation, forward) => {
    if (recent.list.length > 0) {
      operation.extensions = { ...operation.extensions, readAfter: [...recent.list] };
    }
    return forward(operation).pipe(
      map((result) => {
        for (const cursor of cursorsIn(result.data)) recent.note(cursor);
        return result;
      }),
    );
  });
}
