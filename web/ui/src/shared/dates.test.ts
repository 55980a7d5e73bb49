import { expect, test } from 'vitest';
import { dueState, relativeTime } from './dates';

const now = new Date('2026-03-10T15:00:00');

test.each([
  ['2026-03-09', 'overdue'],
  ['2026-03-10', 'today'],
  ['2026-03-13', 'soon'],
  ['2026-03-14', 'later'],
])('%s is %s', (date, state) => {
  expect(dueState(date, now)).toBe(state);
});

test.each([
  [20, 'just now'],
  [50, '1 minute ago'],
  [3 * 3600, '3 hours ago'],
  [26 * 3600, 'yesterday'],
  [8 * 86400, '2 Mar'],
])('%i seconds ago reads %j', (seconds, text) => {
  expect(relativeTime(new Date(now.getTime() - seconds * 1000).toISOString(), now)).toBe(text);
});
