import { expect, test } from 'vitest';
import type { PresenceSubscription } from '@/generated/graphql';
import { PresenceStore } from './presence-store';

type Member = PresenceSubscription['presence']['members'][number];

function at(id: string, taskId: string | null = null, draggedTaskId: string | null = null): Member {
  return {
    __typename: 'PresentMember',
    userId: id,
    user: { __typename: 'User', id, name: `Name of ${id}` },
    taskId,
    draggedTaskId,
  };
}

function update(...members: Member[]) {
  return { __typename: 'PresenceUpdate' as const, isComplete: true, members };
}

function filled(...members: Member[]): PresenceStore {
  const store = new PresenceStore();
  store.replace(update(...members), 'me');
  return store;
}

test('everybody but oneself is there, in the order in which they came', () => {
  const store = filled(at('b'), at('me', 't1'), at('a'));
  expect(store.present().people.map(({ id }) => id)).toEqual(['b', 'a']);
  expect(store.watchersOf('t1')).toEqual([]);
});

test('whoever carries a card is at that card, and not at the one they look at', () => {
  const store = filled(at('a', 't1'), at('b', 't1', 't2'));
  expect(store.watchersOf('t1').map(({ id }) => id)).toEqual(['a']);
  expect(store.watchersOf('t2')).toEqual([{ id: 'b', name: 'Name of b', isDragging: true }]);
});

test('what an update does not change keeps its identity', () => {
  const store = filled(at('a', 't1'), at('b', 't2'));
  const before = store.watchersOf('t1');
  store.replace(update(at('a', 't1'), at('b', 't3')), 'me');
  expect(store.watchersOf('t1')).toBe(before);
  expect(store.watchersOf('t2')).toEqual([]);
  expect(store.watchersOf('t4')).toBe(store.watchersOf('t5'));
});

test('somebody without a name has left and is not shown', () => {
  const store = filled({ ...at('a', 't1'), user: null });
  expect(store.present().people).toEqual([]);
});

test('nobody is shown while nobody can tell', () => {
  const store = filled(at('a', 't1'));
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  store.replace(null, 'me');
  expect(told).toBe(1);
  expect(store.present()).toEqual({ people: [], isComplete: true });
  expect(store.watchersOf('t1')).toEqual([]);
});

test('that not everybody is known is kept', () => {
  const store = new PresenceStore();
  store.replace({ ...update(), isComplete: false }, 'me');
  expect(store.present().isComplete).toBe(false);
});
