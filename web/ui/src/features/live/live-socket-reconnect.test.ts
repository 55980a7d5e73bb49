import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anEvent } from '@/testing/builders';
import { createLiveSocket } from './live-socket';
import { ProjectFeed } from './project-feed';

/** The browser's websocket, as far as the socket client needs one; the test plays the server. */
class ScriptedWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static opened: ScriptedWebSocket[] = [];

  readonly sent: { type: string; id?: string; payload?: { variables?: unknown } }[] = [];
  readyState = ScriptedWebSocket.CONNECTING;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;

  constructor() {
    ScriptedWebSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code = 1000): void {
    this.drop(code);
  }

  drop(code: number): void {
    this.readyState = ScriptedWebSocket.CLOSED;
    this.onclose?.({ code, reason: '', wasClean: false });
  }

  async acknowledge(): Promise<void> {
    this.readyState = ScriptedWebSocket.OPEN;
    this.onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    this.tell({ type: 'connection_ack' });
    await vi.advanceTimersByTimeAsync(0);
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  get subscribed() {
    const message = this.sent.find(({ type }) => type === 'subscribe');
    if (!message) throw new Error('nothing was subscribed');
    return message;
  }
}

let applied: number[];
let feed: ProjectFeed;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', ScriptedWebSocket);
  ScriptedWebSocket.opened = [];
  applied = [];
  feed = new ProjectFeed({
    socket: createLiveSocket({
      accessToken: async () => 'token',
      refresh: async () => 'token',
      onToken: () => () => undefined,
    }),
    query: 'subscription',
    projectId: 'p1',
    cursor: 'c10',
    apply: ({ seq }) => {
      applied.push(seq);
      return true;
    },
    readSnapshot: async () => null,
    refreshToken: async () => null,
    onStatus: () => undefined,
  });
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function connected(count: number): Promise<ScriptedWebSocket> {
  await vi.advanceTimersByTimeAsync(0);
  expect(ScriptedWebSocket.opened).toHaveLength(count);
  const socket = ScriptedWebSocket.opened[count - 1];
  if (!socket) throw new Error('nothing was opened');
  await socket.acknowledge();
  return socket;
}

function send(socket: ScriptedWebSocket, seq: number): void {
  const { id } = socket.subscribed;
  socket.tell({ id, type: 'next', payload: { data: { projectEvents: anEvent({ seq }) } } });
}

test.each([1006, 1012, 1013, 4403])(
  'a socket closed with %i comes back after its jitter and resumes where it was',
  async (code) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    feed.start();
    const first = await connected(1);
    expect(first.subscribed.payload?.variables).toEqual({ projectId: 'p1', after: 'c10' });
    send(first, 11);
    send(first, 12);
    first.drop(code);
    await vi.advanceTimersByTimeAsync(299);
    expect(ScriptedWebSocket.opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    const second = await connected(2);
    expect(second.subscribed.payload?.variables).toEqual({ projectId: 'p1', after: 'c12' });
    send(second, 13);
    expect(applied).toEqual([11, 12, 13]);
  },
);

test('a server that takes nobody in is asked less and less often', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  feed.start();
  await vi.advanceTimersByTimeAsync(0);
  for (const [attempt, delay] of [400, 800, 1600].entries()) {
    ScriptedWebSocket.opened.at(-1)?.drop(1006);
    await vi.advanceTimersByTimeAsync(delay - 1);
    expect(ScriptedWebSocket.opened).toHaveLength(attempt + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ScriptedWebSocket.opened).toHaveLength(attempt + 2);
  }
});
