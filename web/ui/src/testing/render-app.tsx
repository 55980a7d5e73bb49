import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { render } from '@testing-library/react';
import { createMemoryRouter, type RouteObject, RouterProvider } from 'react-router';
import { Providers } from '@/app/providers';
import { AuthRefused, type Grant } from '@/features/auth/auth-api';
import { Session } from '@/features/auth/session';
import { typePolicies } from '@/shared/cache/type-policies';
import { FakeSocket } from './fake-socket';

type Answer = object | Error | Promise<object>;
type Variables = Record<string, unknown>;
/** What the server answers, by operation name. */
export type Answers = Record<string, (variables: Variables) => Answer>;

export const viewer = { id: 'u1', name: 'Nora Lind', email: 'nora@example.test' };
const grant: Grant = { accessToken: 'token', expiresIn: 3600, user: viewer };

type Options = {
  routes: RouteObject[];
  address: string;
  answers?: Answers;
  login?: () => Promise<Grant>;
  isSignedIn?: boolean;
};

/** Draws routes with everything around them real, but for the server's answers and the socket. */
export async function renderApp({
  routes,
  address,
  answers = {},
  login,
  isSignedIn = true,
}: Options) {
  const socket = new FakeSocket();
  const sent: { name: string; variables: Variables }[] = [];
  const link = new ApolloLink((operation) => {
    const name = operation.operationName ?? '';
    sent.push({ name, variables: operation.variables });
    return new Observable((observer) => {
      Promise.resolve(answers[name]?.(operation.variables) ?? new Promise<object>(() => {})).then(
        (answer) => {
          if (answer instanceof Error) observer.error(answer);
          else observer.next({ data: answer as Variables });
          observer.complete();
        },
        (error: unknown) => observer.error(error),
      );
    });
  });
  const session = new Session({
    api: {
      login: login ?? (async () => grant),
      signup: async () => grant,
      refresh: async () => {
        if (isSignedIn) return grant;
        throw new AuthRefused(401, 'UNAUTHENTICATED', 'Log in.');
      },
      logout: async () => {},
    },
    serialise: (task) => task(),
    channel: null,
    now: () => Date.now(),
  });
  await session.start();
  const client = new ApolloClient({ cache: new InMemoryCache({ typePolicies }), link });
  const router = createMemoryRouter(routes, { initialEntries: [address] });
  const view = render(
    <Providers
      client={client}
      live={{
        socket: socket.socket,
        refreshToken: () => session.refresh(),
        onCursor: () => undefined,
      }}
      session={session}
    >
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, client, router, sent, session, socket };
}
