import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { parse } from 'graphql';
import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { RecentCursors, readAfterLink } from './recent-cursors';

function clientThatHears(recent: RecentCursors, sent: unknown[]) {
  const server = new ApolloLink((operation) => {
    sent.push(operation.extensions.readAfter);
    return of({ data: { taskMove: { cursor: 'c1' } } });
  });
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([readAfterLink(recent), server]),
  });
}

const MOVE = parse('mutation Move { taskMove { cursor } }');

it('tells what a change led to with the next operation', async () => {
  const sent: unknown[] = [];
  const client = clientThatHears(new RecentCursors(), sent);
  await client.mutate({ mutation: MOVE, fetchPolicy: 'no-cache' });
  await client.mutate({ mutation: MOVE, fetchPolicy: 'no-cache' });
  expect(sent).toEqual([undefined, ['c1']]);
});

it('remembers a few, the newest first and each once', () => {
  const recent = new RecentCursors();
  for (const cursor of ['a', 'b', 'c', 'd', 'e', 'a', 'f']) recent.note(cursor);
  expect(recent.list).toEqual(['f', 'a', 'e', 'd', 'c']);
});
