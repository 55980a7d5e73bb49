import { Client, fetchExchange } from '@urql/core';
import { followWith } from './urql-following.mjs';
import { authorization, wanted } from './following.mjs';

// urql's own server-sent events, at the address of everything else.
followWith(
  new Client({
    url: `${wanted.url}/graphql`,
    fetchOptions: { headers: { authorization } },
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [fetchExchange],
  }),
);
