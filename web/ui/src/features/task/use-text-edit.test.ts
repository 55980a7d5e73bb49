import { act, renderHook, waitFor } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { aTask } from '@/testing/builders';
import { StaleTask } from './use-task-update';
import { useTextEdit } from './use-text-edit';

function editing(...answers: (StaleTask | Error | null)[]) {
  const save = vi.fn(async (_text: string, _version: number) => {
    const answer = answers.shift();
    if (answer) throw answer;
  });
  const { result } = renderHook(() =>
    useTextEdit({ value: 'before', version: 1, read: (task) => task.title, save }),
  );
  act(() => result.current.start());
  act(() => result.current.setDraft('mine'));
  act(() => result.current.submit());
  return { result, save };
}

const theirs = new StaleTask(aTask({ title: 'theirs', version: 5 }));
const untouched = new StaleTask(aTask({ title: 'before', version: 5 }));

test('saves over the version the edit began with', async () => {
  const { result, save } = editing();
  await waitFor(() => expect(result.current.isEditing).toBe(false));
  expect(save.mock.calls).toEqual([['mine', 1]]);
});

test('builds upon a newer version that left the text alone', async () => {
  const { result, save } = editing(untouched);
  await waitFor(() => expect(result.current.isEditing).toBe(false));
  expect(save.mock.calls).toEqual([
    ['mine', 1],
    ['mine', 5],
  ]);
});

test('puts a text that others changed to the person, who may keep their own', async () => {
  const { result, save } = editing(theirs);
  await waitFor(() => expect(result.current.theirs).toBe('theirs'));
  expect(result.current.draft).toBe('mine');
  act(() => result.current.keepMine());
  await waitFor(() => expect(result.current.isEditing).toBe(false));
  expect(save.mock.lastCall).toEqual(['mine', 5]);
});

test('the person may take the other text', async () => {
  const { result, save } = editing(theirs);
  await waitFor(() => expect(result.current.theirs).toBe('theirs'));
  act(() => result.current.takeTheirs());
  expect(result.current.isEditing).toBe(false);
  expect(save).toHaveBeenCalledOnce();
});

test('a failure keeps the draft and says what happened', async () => {
  const { result } = editing(new TypeError('fetch failed'));
  await waitFor(() => expect(result.current.error).toContain('cannot be reached'));
  expect(result.current.draft).toBe('mine');
});

test('a text left as it was is not sent', () => {
  const save = vi.fn();
  const { result } = renderHook(() =>
    useTextEdit({ value: 'before', version: 1, read: (task) => task.title, save }),
  );
  act(() => result.current.start());
  act(() => result.current.submit());
  expect(save).not.toHaveBeenCalled();
});
