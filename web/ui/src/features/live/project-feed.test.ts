import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anEvent } from '@/testing/builders';
import { FakeSocket } from '@/testing/fake-socket';
import { type FeedStatus, ProjectFeed } from './project-feed';

let fake: FakeSocket;
let applied: number[];
let statuses: FeedStatus[];
let snapshots: (string | null)[];
let tokens: (string | null)[];
let isKnown: boolean;
let feed: ProjectFeed;

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeSocket();
  applied = [];
  statuses = [];
  snapshots = [];
  tokens = [];
  isKnown = true;
  feed = new ProjectFeed({
    socket: fake.socket,
    query: 'subscription',
    projectId: 'p1',
    cursor: 'c10',
    apply: ({ seq }) => {
      applied.push(seq);
      return isKnown;
    },
    readSnapshot: async () => {
      const next = snapshots.shift();
      if (next === undefined) throw new Error('the server cannot be reached');
      return next;
    },
    refreshToken: async () => tokens.shift() ?? null,
    onStatus: (status) => statuses.push(status),
    retryWait: async () => {},
  });
  feed.start();
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(1000);
const after = () => (fake.latest.payload.variables as { after: string }).after;

test('events in order are applied once each, duplicates left out', () => {
  fake.connect();
  for (const seq of [11, 12, 12, 11, 13]) fake.send(anEvent({ seq }));
  expect(applied).toEqual([11, 12, 13]);
});

test('a gap is filled from the last event applied', async () => {
  fake.connect();
  fake.send(anEvent({ seq: 11 }));
  fake.send(anEvent({ seq: 13 }));
  await settle();
  expect(fake.subscriptions).toHaveLength(2);
  expect(after()).toBe('c11');
  for (const seq of [12, 13]) fake.send(anEvent({ seq }));
  expect(applied).toEqual([11, 12, 13]);
});

test('what still arrives of an abandoned subscription is not applied', async () => {
  fake.connect();
  const abandoned = fake.latest;
  fake.send(anEvent({ seq: 11 }));
  fake.send(anEvent({ seq: 13 }));
  await settle();
  abandoned.sink.next({ data: { projectEvents: anEvent({ seq: 12 }) } });
  expect(applied).toEqual([11]);
});

test('after a lost connection the socket resumes from the last event applied', async () => {
  fake.connect();
  fake.send(anEvent({ seq: 11 }));
  fake.drop();
  fake.connect();
  expect(after()).toBe('c11');
  await settle();
  expect(statuses).toEqual(['catching-up', 'offline', 'catching-up', 'live']);
});

test('a resync reads a new snapshot and goes on from its cursor', async () => {
  fake.connect();
  fake.send(anEvent({ seq: 11 }));
  snapshots.push('c500');
  fake.send({ __typename: 'ResyncRequired', reason: 'CURSOR_EXPIRED', cursor: 'c490' });
  await settle();
  expect(after()).toBe('c500');
  fake.send(anEvent({ seq: 501 }));
  expect(applied).toEqual([11, 501]);
});

test('an event of an unknown kind is made up for by a new snapshot', async () => {
  fake.connect();
  isKnown = false;
  snapshots.push('c11');
  fake.send(anEvent({ seq: 11 }));
  await settle();
  expect(after()).toBe('c11');
});

test('a project that can no longer be seen ends the feed', async () => {
  fake.connect();
  snapshots.push(null);
  fake.send({ __typename: 'ResyncRequired', reason: 'ACCESS_CHANGED', cursor: 'c11' });
  await settle();
  expect(statuses.at(-1)).toBe('forbidden');
});

test('a refused subscription says that there is no access', () => {
  fake.connect();
  fake.latest.sink.error([{ message: 'no', extensions: { code: 'FORBIDDEN' } }]);
  expect(statuses.at(-1)).toBe('forbidden');
});

test('a refused token is renewed and the subscription made again', async () => {
  fake.connect();
  tokens.push('fresh');
  fake.latest.sink.error([{ message: 'expired', extensions: { code: 'UNAUTHENTICATED' } }]);
  await settle();
  expect(fake.subscriptions).toHaveLength(2);
});

test('an ended session is not retried', async () => {
  fake.connect();
  fake.latest.sink.error([{ message: 'expired', extensions: { code: 'UNAUTHENTICATED' } }]);
  await settle();
  expect(fake.subscriptions).toHaveLength(1);
});

test('a stream the server ends is taken up again', async () => {
  fake.connect();
  fake.latest.sink.complete();
  await settle();
  expect(fake.subscriptions).toHaveLength(2);
});
