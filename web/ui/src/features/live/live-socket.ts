import { type Client, createClient } from 'graphql-ws';

/** Where access tokens come from. */
export type TokenSource = {
  accessToken: () => Promise<string | null>;
  refresh: () => Promise<string | null>;
  onToken: (listener: (accessToken: string) => void) => () => void;
};

/** The part of the socket client that subscribers use. */
export type LiveSocket = Pick<Client, 'subscribe' | 'on'> & {
  isConnected: () => boolean;
  /** Drops the connection; what is subscribed still gets a new one, with the token of then. */
  reconnect: () => void;
};

// Proxies cut idle sockets at 60 s; a dead one is noticed within a third of that.
const PING_EVERY_MS = 12_000;
const PONG_WITHIN_MS = 6_000;
const ACK_WITHIN_MS = 10_000;
const RETRY_FIRST_MS = 400;
const RETRY_MAX_MS = 15_000;
const OFFLINE_RECHECK_MS = 30_000;
// A feed that resubscribes finds the same socket again.
const LINGER_MS = 3_000;
const CLOSED_FOR_TOKEN = new Set([4401, 4403]);

/** The delay before attempt `retries` + 1: doubling, at most 15 s, half of it random. */
export function backoffMs(retries: number, random: () => number = Math.random): number {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** retries);
  return ceiling / 2 + random() * (ceiling / 2);
}

/** Resolves after the backoff, or as soon as the browser is online again. */
export async function waitToRetry(retries: number): Promise<void> {
  const delay = navigator.onLine === false ? OFFLINE_RECHECK_MS : backoffMs(retries);
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    window.addEventListener('online', done);
  });
}

function closeCode(event: unknown): number | null {
  const code = (event as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

function socketUrl(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/graphql`;
}

/**
 * The websocket all subscriptions share. It reconnects for ever, notices a peer
 * that went silent, and hands every renewed access token to the server.
 */
export function createLiveSocket(tokens: TokenSource): LiveSocket {
  let socket: WebSocket | null = null;
  let isTokenRefused = false;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;

  const client = createClient({
    url: socketUrl,
    lazyCloseTimeout: LINGER_MS,
    keepAlive: PING_EVERY_MS,
    connectionAckWaitTimeout: ACK_WITHIN_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: waitToRetry,
    connectionParams: async () => {
      const token = await (isTokenRefused ? tokens.refresh() : tokens.accessToken());
      return token ? { authorization: `Bearer ${token}` } : {};
    },
    on: {
      connected: (connected) => {
        socket = connected as WebSocket;
        isTokenRefused = false;
      },
      ping: (isReceived) => {
        if (!isReceived) pongTimer = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (isReceived) => {
        if (isReceived) clearTimeout(pongTimer);
      },
      closed: (event) => {
        clearTimeout(pongTimer);
        socket = null;
        isTokenRefused = CLOSED_FOR_TOKEN.has(closeCode(event) ?? 0);
      },
    },
  });

  tokens.onToken((token) => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
  });
  // The socket would notice only at the next missing pong.
  window.addEventListener('offline', () => client.terminate());
  return {
    subscribe: client.subscribe,
    on: client.on,
    reconnect: () => client.terminate(),
    isConnected: () => socket?.readyState === WebSocket.OPEN,
  };
}
