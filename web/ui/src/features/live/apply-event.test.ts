import { InMemoryCache } from '@apollo/client';
import { beforeEach, describe, expect, test } from 'vitest';
import { BoardQuery } from '@/features/board/use-board';
import { makeFragmentData } from '@/generated';
import type { LiveEventFragment } from '@/generated/graphql';
import { ColumnSnapshot, LabelSnapshot } from '@/shared/cache/snapshots';
import { typePolicies } from '@/shared/cache/type-policies';
import { aBoard, aChange, aColumn, anEvent, aTask } from '@/testing/builders';
import { applyEvent } from './apply-event';

const query = { query: BoardQuery, variables: { slug: 'demo', key: 'DEMO' } };
const first = aTask({ id: 't1', position: 'a0' });
const second = aTask({ id: 't2', position: 'a1' });
const third = aTask({ id: 't3', position: 'a2', columnId: 'done' });
let cache: InMemoryCache;

beforeEach(() => {
  cache = new InMemoryCache({ typePolicies });
  cache.writeQuery({
    ...query,
    data: aBoard([
      aColumn('todo', [first, second], { position: 'a0' }),
      aColumn('done', [third], { position: 'a1' }),
    ]),
  });
});

function apply(...events: LiveEventFragment[]) {
  return events.map((event) => applyEvent(cache, event));
}

/** `todo(2): t1 t2` for each column of the cached board. */
function board(): string[] {
  const columns = cache.readQuery(query)?.project?.columns ?? [];
  return columns.map(
    ({ id, taskCount, tasks }) =>
      `${id}(${taskCount}): ${tasks.nodes.map((task) => task.id).join(' ')}`,
  );
}

const moved = { ...aTask({ id: 't1', columnId: 'done', position: 'a1V', version: 2 }) };
const move = anEvent({ task: moved, changes: [aChange('columnId', 'todo', 'done')] });

describe('tasks', () => {
  test('a move takes the card from one column to its place in the other', () => {
    apply(move);
    expect(board()).toEqual(['todo(1): t2', 'done(2): t1 t3']);
  });

  test('applying a move twice changes nothing more', () => {
    apply(move, move);
    expect(board()).toEqual(['todo(1): t2', 'done(2): t1 t3']);
  });

  test('a move within a column sorts its cards anew', () => {
    apply(anEvent({ task: { ...first, position: 'a1V', version: 2 } }));
    expect(board()).toEqual(['todo(2): t2 t1', 'done(1): t3']);
  });

  test('an older version than the one known is left out', () => {
    apply(move, anEvent({ seq: 12, task: first }));
    expect(board()).toEqual(['todo(1): t2', 'done(2): t1 t3']);
  });

  test('a created card appears once, also when its answer came first', () => {
    const task = aTask({ id: 't4', position: 'a0V' });
    const created = anEvent({ kind: 'TASK_CREATED', task });
    apply(created, created);
    expect(board()).toEqual(['todo(3): t1 t4 t2', 'done(1): t3']);
  });

  test('a card that comes from a page not loaded appears where it was moved to', () => {
    const task = aTask({ id: 't9', columnId: 'todo', position: 'a0V', version: 5 });
    apply(anEvent({ task, changes: [aChange('position', 'zz', 'a0V')] }));
    expect(board()).toEqual(['todo(2): t1 t9 t2', 'done(1): t3']);
  });

  test('an archived card leaves and a restored one returns', () => {
    const archivedAt = '2026-03-02T00:00:00Z';
    apply(anEvent({ kind: 'TASK_ARCHIVED', task: { ...first, archivedAt, version: 2 } as never }));
    expect(board()).toEqual(['todo(1): t2', 'done(1): t3']);
    apply(anEvent({ seq: 12, kind: 'TASK_RESTORED', task: { ...first, version: 3 } }));
    expect(board()).toEqual(['todo(2): t1 t2', 'done(1): t3']);
  });

  test('a deleted card is gone', () => {
    apply(anEvent({ kind: 'TASK_DELETED', taskId: 't1' }));
    expect(board()).toEqual(['todo(1): t2', 'done(1): t3']);
  });

  test('a card created and deleted before the event was read leaves the count as it was', () => {
    apply(
      anEvent({ kind: 'TASK_CREATED', taskId: 't8', changes: [aChange('columnId', null, 'todo')] }),
    );
    expect(board()[0]).toBe('todo(3): t1 t2');
    apply(
      anEvent({
        seq: 12,
        kind: 'TASK_DELETED',
        taskId: 't8',
        changes: [aChange('columnId', 'todo', null)],
      }),
    );
    expect(board()[0]).toBe('todo(2): t1 t2');
  });

  test('a rebalanced column keeps its order under new positions', () => {
    apply(
      anEvent({
        kind: 'COLUMN_REBALANCED',
        changes: [aChange('positions', {}, { t1: 'a5', t2: 'a3' })],
      }),
    );
    expect(board()[0]).toBe('todo(2): t2 t1');
  });
});

describe('columns and labels', () => {
  const column = {
    __typename: 'BoardColumn' as const,
    id: 'review',
    name: 'Review',
    category: 'STARTED' as const,
    wipLimit: 2,
    position: 'a0V',
    version: 1,
    archivedAt: null,
  };

  test('a created column appears empty at its place', () => {
    apply(
      anEvent({
        kind: 'COLUMN_CREATED',
        column: makeFragmentData(column, ColumnSnapshot) as never,
      }),
    );
    expect(board()).toEqual(['todo(2): t1 t2', 'review(0): ', 'done(1): t3']);
  });

  test('a deleted column disappears', () => {
    apply(anEvent({ kind: 'COLUMN_DELETED', subjectId: 'done' }));
    expect(board()).toEqual(['todo(2): t1 t2']);
  });

  test('a deleted label leaves the cards that had it', () => {
    const label = {
      __typename: 'Label' as const,
      id: 'l1',
      name: 'bug',
      color: '#f00',
      version: 1,
    };
    apply(
      anEvent({ kind: 'LABEL_CREATED', label: makeFragmentData(label, LabelSnapshot) as never }),
      anEvent({ seq: 12, kind: 'TASK_UPDATED', task: { ...first, labels: [label] } as never }),
    );
    expect(JSON.stringify(cache.readQuery(query))).toContain('bug');
    apply(anEvent({ seq: 13, kind: 'LABEL_DELETED', subjectId: 'l1' }));
    expect(JSON.stringify(cache.readQuery(query))).not.toContain('bug');
  });
});

test('a kind from the future asks for a new snapshot', () => {
  expect(apply(anEvent({ kind: 'TASK_TELEPORTED' as never }))).toEqual([false]);
  expect(apply(move)).toEqual([true]);
});
