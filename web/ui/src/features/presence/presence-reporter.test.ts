import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PresenceReporter } from './presence-reporter';

let sent: string[];
let reporter: PresenceReporter;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  reporter = new PresenceReporter(async ({ taskId, draggedTaskId }) => {
    sent.push(`${taskId ?? '-'}/${draggedTaskId ?? '-'}`);
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('what is looked at is told at once', () => {
  reporter.look('t1');
  expect(sent).toEqual(['t1/-']);
});

test('of what comes too often the newest is told a moment later', async () => {
  for (const taskId of ['t1', 't2', 't3', 't4']) reporter.look(taskId);
  await pass(200);
  expect(sent).toEqual(['t1/-']);
  await pass(100);
  expect(sent).toEqual(['t1/-', 't4/-']);
});

test('what was told already is not told again', async () => {
  reporter.look('t1');
  await pass(1000);
  reporter.look('t1');
  reporter.look(null);
  reporter.look('t1');
  await pass(1000);
  expect(sent).toEqual(['t1/-', '-/-', 't1/-']);
});

test('a card that is carried for long is told again and again until it is put down', async () => {
  reporter.look('t1');
  await pass(1000);
  reporter.drag('t2');
  await pass(17_000);
  expect(sent).toEqual(['t1/-', 't1/t2', 't1/t2', 't1/t2']);
  reporter.drag(null);
  await pass(60_000);
  expect(sent.slice(4)).toEqual(['t1/-']);
});

test('a hidden window looks at nothing until it is seen again', async () => {
  reporter.look('t1');
  await pass(1000);
  reporter.hide(true);
  await pass(1000);
  reporter.hide(false);
  await pass(1000);
  expect(sent).toEqual(['t1/-', '-/-', 't1/-']);
});

test('after a reconnection what holds is told again', async () => {
  reporter.repeat();
  expect(sent).toEqual([]);
  reporter.look('t1');
  await pass(1000);
  reporter.repeat();
  expect(sent).toEqual(['t1/-', 't1/-']);
});

test('the last word of a window is that it does nothing, however soon it comes', async () => {
  reporter.look('t1');
  reporter.drag('t1');
  reporter.stop();
  await pass(60_000);
  expect(sent).toEqual(['t1/-', '-/-']);
});

test('a report waits for the one before it, so that they arrive in order', async () => {
  let arrive: () => void = () => undefined;
  const slow = new PresenceReporter(({ taskId }) => {
    sent.push(taskId ?? '-');
    return new Promise<void>((resolve) => {
      arrive = resolve;
    });
  });
  slow.look('t1');
  slow.look('t2');
  await pass(10_000);
  expect(sent).toEqual(['t1']);
  arrive();
  await pass(1000);
  expect(sent).toEqual(['t1', 't2']);
});

test('a report that fails does not keep the next one back', async () => {
  const failing = new PresenceReporter(async ({ taskId }) => {
    sent.push(taskId ?? '-');
    throw new Error('away');
  });
  failing.look('t1');
  await pass(1000);
  failing.look('t2');
  await pass(1000);
  expect(sent).toEqual(['t1', 't2']);
});
