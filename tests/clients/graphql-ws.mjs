import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  authorization,
  DOCUMENT,
  take,
  tell,
  variables,
  waitToRetry,
  websocketUrl,
} from './following.mjs';

const client = createClient({
  url: websocketUrl,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: Number.POSITIVE_INFINITY,
  retryWait: waitToRetry,
  shouldRetry: () => true,
  on: { connected: () => tell({ connected: true }) },
});

// The client writes the same request again when it reconnects; `variables` are read then.
client.subscribe(
  { query: DOCUMENT, variables },
  {
    next: take,
    error: (error) => tell({ failed: String(error) }),
    complete: () => tell({ completed: true }),
  },
);
