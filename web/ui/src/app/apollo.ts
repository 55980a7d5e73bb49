import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { from, switchMap } from 'rxjs';
import type { TokenSource } from '@/features/live/live-socket';
import { typePolicies } from '@/shared/cache/type-policies';
import { documentHash } from '@/shared/graphql/document-hash';
import { RecentCursors, readAfterLink } from '@/shared/graphql/recent-cursors';

const TIMEOUT_MS = 20_000;

function isTokenRefused(error: unknown): boolean {
  if (ServerError.is(error)) return error.statusCode === 401;
  return (
    CombinedGraphQLErrors.is(error) &&
    error.errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')
  );
}

/** No answer at all, or one of a proxy whose server is restarting. */
function isTransient(error: unknown): boolean {
  if (ServerError.is(error)) return error.statusCode >= 502;
  return !CombinedGraphQLErrors.is(error) && navigator.onLine !== false;
}

/** The cache of everything read from the server. */
export function createCache(): InMemoryCache {
  return new InMemoryCache({ typePolicies });
}

/**
 * The GraphQL client over HTTP: sends the current token, renews a refused one
 * once, and repeats what got no answer. Repeating is safe: queries change
 * nothing and mutations carry an idempotency key.
 */
export function createApolloClient(
  tokens: TokenSource,
  recent = new RecentCursors(),
): ApolloClient {
  const authorize = new SetContextLink(async ({ headers }) => {
    const token = await tokens.accessToken();
    return token ? { headers: { ...headers, authorization: `Bearer ${token}` } } : {};
  });

  const renewToken = new ErrorLink(({ error, operation, forward }) => {
    const { isRenewed } = operation.getContext() as { isRenewed?: boolean };
    if (!isTokenRefused(error) || isRenewed) return;
    operation.setContext({ isRenewed: true });
    return from(tokens.refresh()).pipe(switchMap(() => forward(operation)));
  });

  const repeat = new RetryLink({
    delay: { initial: 300, max: 3_000, jitter: true },
    attempts: { max: 4, retryIf: isTransient },
  });

  const http = new HttpLink({
    uri: '/graphql',
    fetch: (input, init) => {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
      return fetch(input, { ...init, signal });
    },
  });

  // Sends the hash alone, and the text to a server that was not built with this client.
  const byHash = new PersistedQueryLink({
    generateHash: (document) => documentHash(document) ?? '',
  });
  const persisted = ApolloLink.split(
    ({ query }) => documentHash(query) !== null,
    byHash.concat(http),
    http,
  );

  return new ApolloClient({
    cache: createCache(),
    link: ApolloLink.from([renewToken, repeat, authorize, readAfterLink(recent), persisted]),
    clientAwareness: { name: 'taskwire-ui' },
  });
}
