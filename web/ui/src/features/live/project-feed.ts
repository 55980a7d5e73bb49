import type { FormattedExecutionResult } from 'graphql-ws';
import { getFragmentData } from '@/generated';
import type { ProjectEventsSubscription as Data, LiveEventFragment } from '@/generated/graphql';
import { judge } from './event-sequence';
import { type LiveSocket, waitToRetry } from './live-socket';
import { LiveEvent } from './project-events-subscription';

export type FeedStatus = 'connecting' | 'catching-up' | 'live' | 'offline' | 'forbidden';

type FeedOptions = {
  socket: LiveSocket;
  /** The text of the subscription, with the type names the cache needs. */
  query: string;
  /** Its hash, by which a server that was built with this client knows it. */
  documentId?: string | null;
  projectId: string;
  /** Position of the snapshot that is on the screen. */
  cursor: string;
  /** Applies one event; false asks for a new snapshot. */
  apply: (event: LiveEventFragment) => boolean;
  /** Reads a new snapshot and resolves with its cursor; null when the project may not be seen. */
  readSnapshot: () => Promise<string | null>;
  /** A new access token, or null when the session has ended. */
  refreshToken: () => Promise<string | null>;
  onStatus: (status: FeedStatus) => void;
  retryWait?: (retries: number) => Promise<void>;
};

// Replayed events come back to back; this much silence after connecting means there are no more.
const QUIET_MS = 350;
const NO_ACCESS = new Set(['FORBIDDEN', 'NOT_FOUND']);

/**
 * One project's events, each applied exactly once and in order, for as long as it runs:
 * after a lost connection it resumes from the last one applied, and where the log
 * cannot be resumed it reads a new snapshot.
 */
export class ProjectFeed {
  readonly #options: FeedOptions;
  readonly #unlisten: (() => void)[] = [];
  #unsubscribe: (() => void) | null = null;
  #cursor: string;
  #lastSeq: number | null = null;
  #status: FeedStatus = 'connecting';
  #quietTimer: ReturnType<typeof setTimeout> | undefined;
  #retries = 0;
  #isStopped = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
  }

  start(): void {
    const { socket } = this.#options;
    this.#unlisten.push(
      socket.on('connected', () => this.#expectReplay()),
      socket.on('closed', () => this.#become('offline')),
    );
    this.#subscribe();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#quietTimer);
    for (const unlisten of this.#unlisten) unlisten();
    this.#unsubscribe?.();
  }

  #subscribe(): void {
    const feed = this;
    let isCurrent = true;
    const dispose = this.#options.socket.subscribe<Data>(
      {
        query: this.#options.query,
        operationName: 'ProjectEvents',
        extensions: { documentId: this.#options.documentId ?? null },
        // The socket client sends this object again when it reconnects: read the position then.
        get variables() {
          return { projectId: feed.#options.projectId, after: feed.#cursor };
        },
      },
      {
        next: (result) => {
          if (isCurrent) this.#receive(result);
        },
        error: (error) => {
          if (isCurrent) this.#recover(error);
        },
        complete: () => {
          if (isCurrent) this.#recover(null);
        },
      },
    );
    this.#unsubscribe = () => {
      isCurrent = false;
      dispose();
    };
    // A socket that is open already announces itself no more.
    if (this.#options.socket.isConnected()) this.#expectReplay();
  }

  #receive(result: FormattedExecutionResult<Data, unknown>): void {
    if (!result.data) {
      this.#recover(result.errors);
      return;
    }
    const update = result.data.projectEvents;
    if (update.__typename === 'ProjectEvent') this.#take(getFragmentData(LiveEvent, update));
    else this.#resync();
  }

  #take(event: LiveEventFragment): void {
    const verdict = judge(this.#lastSeq, event.seq);
    if (verdict === 'duplicate') return;
    if (verdict === 'gap') {
      this.#resubscribe();
      return;
    }
    if (this.#status === 'catching-up') this.#expectReplay();
    if (!this.#tryApply(event)) {
      this.#resync();
      return;
    }
    this.#retries = 0;
    this.#lastSeq = event.seq;
    this.#cursor = event.cursor;
  }

  /** False also when applying failed: a new snapshot then stands in for the event. */
  #tryApply(event: LiveEventFragment): boolean {
    try {
      return this.#options.apply(event);
    } catch (error) {
      console.error('An event could not be applied', error);
      return false;
    }
  }

  /** Asks the log again for everything after the last event applied. */
  #resubscribe(): void {
    this.#unsubscribe?.();
    this.#become('catching-up');
    void this.#pause().then(() => {
      if (!this.#isStopped) this.#subscribe();
    });
  }

  #resync(): void {
    this.#unsubscribe?.();
    this.#become('catching-up');
    this.#options.readSnapshot().then(
      (cursor) => {
        if (this.#isStopped) return;
        if (cursor === null) {
          this.#become('forbidden');
          return;
        }
        this.#cursor = cursor;
        this.#lastSeq = null;
        this.#subscribe();
      },
      () => {
        void this.#pause().then(() => {
          if (!this.#isStopped) this.#resync();
        });
      },
    );
  }

  #recover(error: unknown): void {
    const code = codeIn(error);
    if (code !== null && NO_ACCESS.has(code)) {
      this.#unsubscribe?.();
      this.#become('forbidden');
      return;
    }
    if (code === 'UNAUTHENTICATED') {
      this.#unsubscribe?.();
      this.#options.refreshToken().then(
        (token) => {
          if (token !== null && !this.#isStopped) this.#resubscribe();
        },
        () => this.#resubscribe(),
      );
      return;
    }
    this.#resubscribe();
  }

  async #pause(): Promise<void> {
    const wait = this.#options.retryWait ?? waitToRetry;
    await wait(this.#retries);
    this.#retries += 1;
  }

  #expectReplay(): void {
    this.#become('catching-up');
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => {
      if (this.#status === 'catching-up') this.#become('live');
    }, QUIET_MS);
  }

  #become(status: FeedStatus): void {
    if (this.#isStopped || this.#status === status || this.#status === 'forbidden') return;
    if (status !== 'catching-up') clearTimeout(this.#quietTimer);
    this.#status = status;
    this.#options.onStatus(status);
  }
}

function codeIn(error: unknown): string | null {
  const first: unknown = Array.isArray(error) ? error[0] : null;
  const code = (first as { extensions?: { code?: unknown } } | null)?.extensions?.code;
  return typeof code === 'string' ? code : null;
}
