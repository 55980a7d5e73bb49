import { expect, test } from 'vitest';
import { backoffMs } from './live-socket';

test('the delay doubles with every attempt', () => {
  expect([0, 1, 2, 3].map((retries) => backoffMs(retries, () => 1))).toEqual([
    400, 800, 1600, 3200,
  ]);
});

test('the delay never exceeds fifteen seconds', () => {
  expect(backoffMs(60, () => 1)).toBe(15_000);
});

test('half of the delay is random, so that clients do not return all at once', () => {
  expect(backoffMs(3, () => 0)).toBe(1600);
});
