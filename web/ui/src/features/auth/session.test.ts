import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AuthRefused, type Grant } from './auth-api';
import { Session } from './session';

const user = { id: 'u1', name: 'Nora', email: 'nora@example.test' };
const credentials = { email: user.email, password: 'correct horse' };

function grant(accessToken: string): Grant {
  return { accessToken, expiresIn: 300, user };
}

function aSession() {
  const answers: (Grant | Error)[] = [];
  let atOnce = 0;
  const log = { refreshes: 0, mostAtOnce: 0 };
  let queue: Promise<unknown> = Promise.resolve();
  const refresh = async () => {
    log.refreshes += 1;
    atOnce += 1;
    log.mostAtOnce = Math.max(log.mostAtOnce, atOnce);
    await Promise.resolve();
    atOnce -= 1;
    const answer = answers.shift() ?? grant(`token-${log.refreshes}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const environment = {
    api: {
      login: async () => grant('login'),
      signup: async () => grant('signup'),
      refresh,
      logout: async () => {},
    },
    // Like the browser's locks: whoever holds it, the next one waits.
    serialise: <T>(task: () => Promise<T>): Promise<T> => {
      const result = queue.then(task);
      queue = result.catch(() => {});
      return result;
    },
    channel: null,
    now: () => Date.now(),
  };
  return { session: new Session(environment), tab: () => new Session(environment), answers, log };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('starting', () => {
  test('an earlier visit is picked up', async () => {
    const { session } = aSession();
    await session.start();
    expect(session.getState()).toEqual({ status: 'signed-in', user });
  });

  test('without one nobody is signed in', async () => {
    const { session, answers } = aSession();
    answers.push(new AuthRefused(401, 'UNAUTHENTICATED', 'no'));
    await session.start();
    expect(session.getState().status).toBe('signed-out');
  });

  test('a server that cannot be reached is not a logout', async () => {
    const { session, answers } = aSession();
    answers.push(new TypeError('fetch failed'));
    await session.start();
    expect(session.getState().status).toBe('unreachable');
  });
});

describe('refreshing', () => {
  test('callers at the same time share one request', async () => {
    const { session, log } = aSession();
    const tokens = await Promise.all([session.refresh(), session.refresh(), session.refresh()]);
    expect(tokens).toEqual(['token-1', 'token-1', 'token-1']);
    expect(log.refreshes).toBe(1);
  });

  test('tabs take turns', async () => {
    const { session, tab, log } = aSession();
    await Promise.all([session.refresh(), tab().refresh(), tab().refresh()]);
    expect(log).toEqual({ refreshes: 3, mostAtOnce: 1 });
  });

  test('happens ahead of expiry and hands out the new token', async () => {
    const { session, log } = aSession();
    const tokens: string[] = [];
    session.onToken((token) => tokens.push(token));
    await session.login(credentials);
    await vi.advanceTimersByTimeAsync(239_000);
    expect(log.refreshes).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tokens).toEqual(['login', 'token-1']);
  });

  test('a token about to expire is replaced before it is used', async () => {
    const { session } = aSession();
    await session.login(credentials);
    expect(await session.accessToken()).toBe('login');
    vi.setSystemTime(Date.now() + 295_000);
    expect(await session.accessToken()).toBe('token-1');
  });

  test('a lost network keeps the session and tries again', async () => {
    const { session, answers, log } = aSession();
    await session.login(credentials);
    answers.push(new TypeError('fetch failed'));
    await expect(session.refresh()).rejects.toThrow('fetch failed');
    expect(session.getState().status).toBe('signed-in');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(log.refreshes).toBe(2);
  });

  test('a refusal ends the session', async () => {
    const { session, answers } = aSession();
    await session.login(credentials);
    answers.push(new AuthRefused(401, 'TOKEN_REUSED', 'no'));
    expect(await session.refresh()).toBeNull();
    expect(session.getState().status).toBe('signed-out');
    expect(await session.accessToken()).toBeNull();
  });
});

test('logging out forgets the token', async () => {
  const { session } = aSession();
  await session.login(credentials);
  await session.logout();
  expect(await session.accessToken()).toBeNull();
  expect(session.getState().status).toBe('signed-out');
});
