import { createClient } from 'graphql-sse';
import {
  authorization,
  DOCUMENT,
  take,
  tell,
  variables,
  waitToRetry,
  wanted,
} from './following.mjs';

const client = createClient({
  url: `${wanted.url}/graphql/stream`,
  headers: { authorization },
  retryAttempts: Number.POSITIVE_INFINITY,
  retry: waitToRetry,
  onMessage: () => undefined,
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
