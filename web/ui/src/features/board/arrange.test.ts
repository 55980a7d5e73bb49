import { describe, expect, test } from 'vitest';
import { comparePositions } from '@/shared/cache/type-policies';
import { aColumn, aTask } from '@/testing/builders';
import { arrange, neighbourAt, type Placement, positionAfter } from './arrange';

const columns = [
  aColumn('todo', [aTask({ id: 't1', position: 'a0' }), aTask({ id: 't2', position: 'a1' })]),
  aColumn('done', [aTask({ id: 't3', position: 'a0', columnId: 'done' })]),
  aColumn('empty'),
];

function arranged(placements: Record<string, Placement>) {
  return arrange(columns, new Map(Object.entries(placements)));
}

describe('positionAfter', () => {
  test.each([
    ['a0', 'a00V'],
    ['a0', 'a1'],
    ['Zz', 'a0'],
    ['a0V', 'a0W'],
  ])('lies between %s and %s', (previous, following) => {
    const position = positionAfter(previous);
    expect(comparePositions(previous, position)).toBe(-1);
    expect(comparePositions(position, following)).toBe(-1);
  });

  test('without a predecessor lies before every rank', () => {
    expect(comparePositions(positionAfter(undefined), 'A0')).toBe(-1);
  });
});

describe('arrange', () => {
  test('shows a task in the column and at the place it is going to', () => {
    const [todo, done] = arranged({ t1: { columnId: 'done', position: positionAfter('a0') } });
    expect(todo?.tasks.nodes.map(({ id }) => id)).toEqual(['t2']);
    expect(done?.tasks.nodes.map(({ id }) => id)).toEqual(['t3', 't1']);
    expect([todo?.taskCount, done?.taskCount]).toEqual([1, 2]);
  });

  test('reorders within a column without changing its count', () => {
    const [todo] = arranged({ t1: { columnId: 'todo', position: positionAfter('a1') } });
    expect(todo?.tasks.nodes.map(({ id }) => id)).toEqual(['t2', 't1']);
    expect(todo?.taskCount).toBe(2);
  });

  test('leaves columns it does not touch the same objects', () => {
    const result = arranged({ t1: { columnId: 'done', position: 'b' } });
    expect(result[2]).toBe(columns[2]);
    expect(arrange(columns, new Map())).toBe(columns);
  });

  test('leaves out tasks that are not on the board', () => {
    expect(arranged({ gone: { columnId: 'elsewhere', position: 'a' } })).toEqual(columns);
  });
});

describe('neighbourAt', () => {
  const tasks = [
    { id: 'a', position: '1' },
    { id: 'b', position: '2' },
  ];

  test('names the task before the place', () => {
    expect(neighbourAt(tasks, 'b')).toEqual({ afterTaskId: 'a' });
  });

  test('names the task after it at the top', () => {
    expect(neighbourAt(tasks, 'a')).toEqual({ beforeTaskId: 'b' });
  });

  test('names none in a column of its own', () => {
    expect(neighbourAt([{ id: 'a', position: '1' }], 'a')).toEqual({});
  });
});
