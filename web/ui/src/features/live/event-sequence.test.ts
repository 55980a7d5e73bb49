import { expect, test } from 'vitest';
import { judge } from './event-sequence';

test('the first event after a snapshot is applied whatever its number', () => {
  expect(judge(null, 4711)).toBe('apply');
});

test('the next number is applied', () => {
  expect(judge(7, 8)).toBe('apply');
});

test.each([7, 6, 1])('number %i is left out when 7 has been applied', (seq) => {
  expect(judge(7, seq)).toBe('duplicate');
});

test('a skipped number is a gap', () => {
  expect(judge(7, 9)).toBe('gap');
});
