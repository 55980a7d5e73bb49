import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import type { Session } from '@/features/auth/session';

function socketUrl(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/graphql`;
}

/** The authorization header typed into GraphiQL, under any spelling. */
function typedAuthorization(headers: unknown): string | null {
  const entry = Object.entries((headers ?? {}) as Record<string, unknown>).find(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  return typeof entry?.[1] === 'string' ? entry[1] : null;
}

/** Runs queries over HTTP and subscriptions over the websocket, with a typed token before the session's. */
export function createExplorerFetcher(session: Session): Fetcher {
  return async (parameters, options) => {
    const token = await session.accessToken();
    const authorization =
      typedAuthorization(options?.headers) ?? (token ? `Bearer ${token}` : null);
    const credentials = authorization ? { authorization } : {};
    const run = createGraphiQLFetcher({
      url: '/graphql',
      headers: credentials,
      enableIncrementalDelivery: false,
      // Lazy: connects for a subscription only, and closes with it.
      wsClient: createClient({ url: socketUrl, connectionParams: credentials }),
    });
    return run(parameters, options);
  };
}
