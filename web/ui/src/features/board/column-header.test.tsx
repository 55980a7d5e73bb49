import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { makeFragmentData } from '@/generated';
import { aColumn } from '@/testing/builders';
import { ColumnHeader, ColumnHeaderFragment } from './column-header';

function countShown(wipLimit: number | null, shownCount: number | null): string {
  const column = makeFragmentData({ ...aColumn('doing'), wipLimit }, ColumnHeaderFragment);
  render(<ColumnHeader column={column} shownCount={shownCount} taskCount={4} />);
  return screen.getByTestId('column-count').textContent;
}

test.each([
  [null, null, '4 tasks'],
  [5, null, '4 / 5 tasks allowed'],
  [3, null, '4 / 3 tasks, over the limit'],
  [null, 1, '1 of 4 tasks'],
  [5, 1, '1 of 4 tasks'],
])('with the limit %s and %s shown the count is %s', (wipLimit, shownCount, text) => {
  expect(countShown(wipLimit, shownCount)).toBe(text);
});
