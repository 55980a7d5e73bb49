import { authApi } from './auth-api';
import { Session } from './session';

const NAME = 'taskwire-session';

/** The session of this browser: serialised with the Web Locks API, shared over a broadcast channel. */
export function createBrowserSession(): Session {
  // Insecure origins have no locks; the server's reuse detection is the second guard there.
  const locks: LockManager | undefined = navigator.locks;
  return new Session({
    api: authApi,
    serialise: (task) => (locks ? locks.request(NAME, task) : task()),
    channel: 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : null,
    now: () => Date.now(),
  });
}
