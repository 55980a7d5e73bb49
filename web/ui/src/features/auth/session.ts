import {
  type AuthApi,
  AuthRefused,
  type Credentials,
  type Grant,
  type SessionUser,
} from './auth-api';

export type SessionState =
  | { status: 'starting' | 'unreachable' | 'signed-out'; user: null }
  | { status: 'signed-in'; user: SessionUser };

type Environment = {
  api: AuthApi;
  /** Runs one task at a time among all tabs. */
  serialise: <T>(task: () => Promise<T>) => Promise<T>;
  /** Tells the other tabs; null where the browser has no such channel. */
  channel: BroadcastChannel | null;
  now: () => number;
};

// A token this near its end is replaced before it is used.
const MARGIN_MS = 10_000;
const REFRESH_AHEAD_MS = 60_000;
const RETRY_MS = 5_000;

/**
 * Who is signed in, with an access token that is kept in memory only.
 * Refreshes ahead of expiry; one refresh runs at a time, in this tab and among all tabs.
 */
export class Session {
  readonly #environment: Environment;
  readonly #listeners = new Set<() => void>();
  readonly #tokenListeners = new Set<(accessToken: string) => void>();
  #state: SessionState = { status: 'starting', user: null };
  #token: { value: string; expiresAt: number } | null = null;
  #refreshing: Promise<string | null> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    environment.channel?.addEventListener('message', ({ data }) => {
      if (data === 'signed-out') this.#end();
      else if (this.#state.status !== 'signed-in') void this.start();
    });
  }

  readonly getState = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls back with every new access token. */
  onToken(listener: (accessToken: string) => void): () => void {
    this.#tokenListeners.add(listener);
    return () => this.#tokenListeners.delete(listener);
  }

  /** Picks up the session of an earlier visit, if there is one. Never rejects. */
  async start(): Promise<void> {
    await this.refresh().catch(() => {
      if (this.#state.status !== 'signed-in') this.#become({ status: 'unreachable', user: null });
    });
  }

  async login(credentials: Credentials): Promise<void> {
    this.#accept(await this.#environment.api.login(credentials));
    this.#environment.channel?.postMessage('signed-in');
  }

  async signup(account: Credentials & { name: string }): Promise<void> {
    this.#accept(await this.#environment.api.signup(account));
    this.#environment.channel?.postMessage('signed-in');
  }

  /** Ends the session here and in the other tabs, and at the server if it can be reached. */
  async logout(): Promise<void> {
    try {
      await this.#environment.serialise(() => this.#environment.api.logout());
    } finally {
      this.#end();
      this.#environment.channel?.postMessage('signed-out');
    }
  }

  /** A token that is good for a while yet; null when nobody is signed in. */
  async accessToken(): Promise<string | null> {
    const token = this.#token;
    if (token && token.expiresAt - this.#environment.now() > MARGIN_MS) return token.value;
    return token ? this.refresh() : null;
  }

  /**
   * A new token, or null when the session has ended. Callers at the same time share one request.
   * Rejects when the server cannot be reached; the session stays as it is then.
   */
  refresh(): Promise<string | null> {
    this.#refreshing ??= this.#environment
      .serialise(() => this.#environment.api.refresh())
      .then(
        (grant) => this.#accept(grant),
        (error: unknown) => {
          if (error instanceof AuthRefused) {
            this.#end();
            return null;
          }
          if (this.#token) this.#refreshIn(RETRY_MS);
          throw error;
        },
      )
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  #accept({ accessToken, expiresIn, user }: Grant): string {
    const lifetimeMs = expiresIn * 1000;
    this.#token = { value: accessToken, expiresAt: this.#environment.now() + lifetimeMs };
    this.#refreshIn(Math.max(lifetimeMs / 2, lifetimeMs - REFRESH_AHEAD_MS));
    const { user: previous } = this.#state;
    if (previous?.id !== user.id || previous.name !== user.name) {
      this.#become({ status: 'signed-in', user });
    }
    for (const listener of this.#tokenListeners) listener(accessToken);
    return accessToken;
  }

  #refreshIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.refresh().catch(() => {
        // Already planned again by refresh().
      });
    }, delayMs);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#token = null;
    if (this.#state.status !== 'signed-out') this.#become({ status: 'signed-out', user: null });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
