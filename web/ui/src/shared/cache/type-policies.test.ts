import { expect, test } from 'vitest';
import { comparePositions } from './type-policies';

test('ranks sort like bytes: digits, upper case, lower case', () => {
  expect(['b00', 'a0', 'a', 'Zz', 'aV', 'a0V', 'A9'].sort(comparePositions)).toEqual([
    'A9',
    'Zz',
    'a',
    'a0',
    'a0V',
    'aV',
    'b00',
  ]);
});

test('equal ranks compare as equal', () => {
  expect(comparePositions('a0', 'a0')).toBe(0);
});
