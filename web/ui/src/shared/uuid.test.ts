import { expect, test } from 'vitest';
import { uuidV7 } from './uuid';

test('has the form of a version 7 UUID', () => {
  expect(uuidV7()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('sorts by time of creation', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((at) => uuidV7(at));
  expect([...ids].sort()).toEqual(ids);
  expect(uuidV7(0x0123_4567_89ab)).toMatch(/^01234567-89ab-7/);
});
