import { expect, test, vi } from 'vitest';
import { PendingMoves } from './pending-moves';

function deferred() {
  let resolve = () => {};
  let reject = (_reason: Error) => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

const there = { columnId: 'done', position: 'a' };
const elsewhere = { columnId: 'review', position: 'b' };

test('a move shows at once and until the server has answered', async () => {
  const moves = new PendingMoves();
  const answer = deferred();
  const run = moves.run('t1', there, () => answer.promise);
  expect(moves.getPlacements().get('t1')).toBe(there);
  answer.resolve();
  await run;
  expect(moves.getPlacements().size).toBe(0);
});

test('a refused move goes back and says so', async () => {
  const moves = new PendingMoves();
  const run = moves.run('t1', there, () => Promise.reject(new Error('no')));
  await expect(run).rejects.toThrow('no');
  expect(moves.getPlacements().size).toBe(0);
});

test('a later move of the same task stays when the earlier one is answered', async () => {
  const moves = new PendingMoves();
  const first = deferred();
  const second = deferred();
  const run = moves.run('t1', there, () => first.promise);
  const rerun = moves.run('t1', elsewhere, () => second.promise);
  first.resolve();
  await run;
  expect(moves.getPlacements().get('t1')).toBe(elsewhere);
  second.resolve();
  await rerun;
  expect(moves.getPlacements().size).toBe(0);
});

test('moves of one task are sent in the order they were made, also after a refusal', async () => {
  const moves = new PendingMoves();
  const first = deferred();
  const send = vi.fn(() => Promise.resolve());
  const run = moves.run('t1', there, () => first.promise);
  const rerun = moves.run('t1', elsewhere, send);
  await Promise.resolve();
  expect(send).not.toHaveBeenCalled();
  first.reject(new Error('no'));
  await expect(run).rejects.toThrow('no');
  await rerun;
  expect(send).toHaveBeenCalledOnce();
});

test('subscribers hear of the beginning and the end', async () => {
  const moves = new PendingMoves();
  const listener = vi.fn();
  moves.subscribe(listener);
  await moves.run('t1', there, () => Promise.resolve());
  expect(listener).toHaveBeenCalledTimes(2);
});
