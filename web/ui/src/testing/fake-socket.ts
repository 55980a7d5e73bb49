import type { Client } from 'graphql-ws';
import type { LiveSocket } from '@/features/live/live-socket';

type Sink = Parameters<Client['subscribe']>[1];
type Listener = (...args: never[]) => void;

type Payload = { operationName?: string; variables: unknown };

/** A websocket whose other end the test plays. */
export class FakeSocket {
  readonly subscriptions: { payload: Payload; sink: Sink; isOpen: boolean }[] = [];
  readonly #listeners = new Map<string, Set<Listener>>();
  isOpen = false;

  readonly socket: LiveSocket = {
    isConnected: () => this.isOpen,
    reconnect: () => this.drop(),
    on: ((event: string, listener: Listener) => {
      const listeners = this.#listeners.get(event) ?? new Set();
      this.#listeners.set(event, listeners.add(listener));
      return () => listeners.delete(listener);
    }) as LiveSocket['on'],
    subscribe: ((payload: Payload, sink: Sink) => {
      const subscription = { payload, sink, isOpen: true };
      this.subscriptions.push(subscription);
      return () => {
        subscription.isOpen = false;
      };
    }) as unknown as LiveSocket['subscribe'],
  };

  get latest() {
    const latest = this.subscriptions.at(-1);
    if (!latest) throw new Error('nobody has subscribed');
    return latest;
  }

  /** The newest subscription of an operation. */
  of(operationName: string) {
    const found = this.subscriptions.findLast(
      ({ payload }) => payload.operationName === operationName,
    );
    if (!found) throw new Error(`nobody has subscribed to ${operationName}`);
    return found;
  }

  connect(): void {
    this.isOpen = true;
    this.#emit('connected');
  }

  drop(): void {
    this.isOpen = false;
    this.#emit('closed');
  }

  send(update: object): void {
    this.of('ProjectEvents').sink.next({ data: { projectEvents: update } });
  }

  #emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }
}
