import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeSocket } from '@/testing/fake-socket';
import { PresenceFeed } from './presence-feed';

const here = { __typename: 'PresenceUpdate' as const, isComplete: true, members: [] };

let fake: FakeSocket;
let heard: (boolean | null)[];
let connections: number;
let tokens: (string | null)[];
let feed: PresenceFeed;

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeSocket();
  heard = [];
  connections = 0;
  tokens = [];
  feed = new PresenceFeed({
    socket: fake.socket,
    query: 'subscription',
    documentId: null,
    projectId: 'p1',
    refreshToken: async () => tokens.shift() ?? null,
    onUpdate: (update) => heard.push(update?.isComplete ?? null),
    onConnected: () => {
      connections += 1;
    },
    retryWait: async () => {},
  });
  feed.start();
});
afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(10);
const refuse = (code: string) =>
  fake.latest.sink.error([{ message: 'no', extensions: { code } }] as never);

test('every update is handed on', () => {
  expect(fake.latest.payload.variables).toEqual({ projectId: 'p1' });
  fake.latest.sink.next({ data: { presence: here } });
  fake.latest.sink.next({ data: { presence: { ...here, isComplete: false } } });
  expect(heard).toEqual([true, false]);
});

test('nobody is known while the connection is lost, and a new one is told of', () => {
  fake.connect();
  fake.latest.sink.next({ data: { presence: here } });
  fake.drop();
  fake.connect();
  expect(heard).toEqual([true, null]);
  expect(connections).toBe(2);
});

test.each([
  ['without a reason', () => fake.latest.sink.complete()],
  ['with an error', () => refuse('UNAVAILABLE')],
])('after an end %s it is subscribed again', async (_, end) => {
  const first = fake.latest;
  end();
  await settle();
  expect(heard).toEqual([null]);
  expect(fake.subscriptions).toHaveLength(2);
  first.sink.next({ data: { presence: here } });
  expect(heard).toEqual([null]);
});

test('an answer without data ends it like an error', async () => {
  fake.latest.sink.next({
    data: null,
    errors: [{ message: 'no', extensions: { code: 'UNAVAILABLE' } }],
  } as never);
  await settle();
  expect(fake.subscriptions.map(({ isOpen }) => isOpen)).toEqual([false, true]);
});

test('who may not see the project does not ask again', async () => {
  refuse('FORBIDDEN');
  await settle();
  expect(fake.subscriptions).toHaveLength(1);
});

test('a token that has ended is renewed first', async () => {
  tokens.push('fresh');
  refuse('UNAUTHENTICATED');
  await settle();
  expect(fake.subscriptions).toHaveLength(2);
  refuse('UNAUTHENTICATED');
  await settle();
  expect(fake.subscriptions).toHaveLength(2);
});

test('what is stopped hears nothing more', async () => {
  feed.stop();
  expect(fake.latest.isOpen).toBe(false);
  fake.latest.sink.next({ data: { presence: here } });
  fake.latest.sink.complete();
  await settle();
  expect(heard).toEqual([]);
  expect(fake.subscriptions).toHaveLength(1);
});
