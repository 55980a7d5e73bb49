import { expect, test } from 'vitest';
import { ActivityEvent } from '@/features/live/project-events-subscription';
import { getFragmentData } from '@/generated';
import { aChange, anEvent } from '@/testing/builders';
import { describeEvent } from './event-description';

const names = {
  columns: new Map([
    ['c1', 'To do'],
    ['c2', 'Done'],
  ]),
  people: new Map([['u1', 'Nora']]),
};
const describe_ = (fields: Parameters<typeof anEvent>[0]) =>
  describeEvent(getFragmentData(ActivityEvent, anEvent(fields)), names);

test.each([
  [{ kind: 'TASK_CREATED' as const }, 'created this task'],
  [{ changes: [aChange('columnId', 'c1', 'c2')] }, 'moved it from To do to Done'],
  [{ changes: [aChange('columnId', 'c9', 'c2')] }, 'moved it from another column to Done'],
  [{ changes: [aChange('position', 'a', 'b')] }, 'moved it within the column'],
  [
    { kind: 'TASK_UPDATED' as const, changes: [aChange('priority', 'NONE', 'URGENT')] },
    'set the priority to Urgent',
  ],
  [
    {
      kind: 'TASK_UPDATED' as const,
      changes: [aChange('assigneeId', null, 'u1'), aChange('dueDate', '2026-01-01', null)],
    },
    'assigned Nora, removed the due date',
  ],
  [{ kind: 'TASK_UPDATED' as const, changes: [aChange('newField', 1, 2)] }, 'updated this task'],
])('%j reads as %j', (fields, text) => {
  expect(describe_(fields)).toBe(text);
});
