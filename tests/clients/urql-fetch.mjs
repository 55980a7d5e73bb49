import { Client, fetchExchange } from '@urql/core';
import { authorization, wanted } from './following.mjs';
import { followWith } from './urql-following.mjs';

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
