import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { authorization, DOCUMENT, keepFollowing, take, tell, websocketUrl } from './following.mjs';

// Its link compares with the browser's class, which Node has from version 22 on.
globalThis.WebSocket ??= WebSocket;

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new GraphQLWsLink(
    createClient({
      url: websocketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      // Apollo copies the variables: what is lost is asked for again by a new subscription.
      retryAttempts: 0,
      on: { connected: () => tell({ connected: true }) },
    }),
  ),
});
const query = gql(DOCUMENT);

keepFollowing(
  (variables) =>
    new Promise((resolve) => {
      client.subscribe({ query, variables, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => {
          if (error) resolve();
          else take({ data });
        },
        error: resolve,
        complete: resolve,
      });
    }),
);
