import { gql } from '@urql/core';
import { DOCUMENT, keepFollowing, take } from './following.mjs';

/** Follows with a client of urql, which ends a subscription when its connection is lost. */
export function followWith(client) {
  const query = gql(DOCUMENT);
  keepFollowing(
    (variables) =>
      new Promise((resolve) => {
        const subscription = client.subscription(query, variables).subscribe((result) => {
          if (result.data) take({ data: result.data });
          if (result.error || !result.hasNext) {
            resolve();
            subscription?.unsubscribe();
          }
        });
      }),
  );
}
