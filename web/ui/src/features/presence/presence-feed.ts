import { type LiveSocket, waitToRetry } from '@/features/live/live-socket';
import type { PresenceSubscription } from '@/generated/graphql';

type FeedOptions = {
  socket: LiveSocket;
  query: string;
  documentId: string | null;
  projectId: string;
  refreshToken: () => Promise<string | null>;
  /** Everybody who is there now; null while that is not known. */
  onUpdate: (update: PresenceSubscription['presence'] | null) => void;
  /** The server may have forgotten what was reported. */
  onConnected: () => void;
  retryWait?: (retries: number) => Promise<void>;
};

/** Being at a project, and hearing who else is, for as long as it runs. */
export class PresenceFeed {
  readonly #options: FeedOptions;
  readonly #unlisten: (() => void)[] = [];
  #unsubscribe: (() => void) | null = null;
  #retries = 0;
  #isStopped = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): void {
    const { socket, onConnected, onUpdate } = this.#options;
    this.#unlisten.push(
      socket.on('connected', onConnected),
      socket.on('closed', () => onUpdate(null)),
    );
    this.#subscribe();
  }

  stop(): void {
    this.#isStopped = true;
    for (const unlisten of this.#unlisten) unlisten();
    this.#unsubscribe?.();
  }

  #subscribe(): void {
    if (this.#isStopped) return;
    const { socket, query, documentId, projectId, onUpdate } = this.#options;
    let isCurrent = true;
    const end = (error: unknown) => {
      if (!isCurrent) return;
      isCurrent = false;
      onUpdate(null);
      this.#recover(error);
    };
    const dispose = socket.subscribe<PresenceSubscription>(
      {
        query,
        operationName: 'Presence',
        extensions: { documentId },
        variables: { projectId },
      },
      {
        next: ({ data, errors }) => {
          if (!isCurrent) return;
          if (data) {
            this.#retries = 0;
            onUpdate(data.presence);
          } else {
            dispose();
            end(errors);
          }
        },
        error: end,
        complete: () => end(null),
      },
    );
    this.#unsubscribe = () => {
      isCurrent = false;
      dispose();
    };
  }

  /** Whoever may not see the project is told so by its events; here there is nothing more to do. */
  #recover(error: unknown): void {
    const code = codeIn(error);
    if (this.#isStopped || code === 'FORBIDDEN' || code === 'NOT_FOUND') return;
    const ready = code === 'UNAUTHENTICATED' ? this.#options.refreshToken() : this.#pause();
    ready.then(
      (token) => {
        if (token !== null) this.#subscribe();
      },
      () => this.#recover(null),
    );
  }

  async #pause(): Promise<undefined> {
    await (this.#options.retryWait ?? waitToRetry)(this.#retries);
    this.#retries += 1;
  }
}

function codeIn(error: unknown): unknown {
  const first: unknown = Array.isArray(error) ? error[0] : null;
  return (first as { extensions?: { code?: unknown } } | null)?.extensions?.code;
}
