import type { Placement } from './arrange';

/**
 * Where tasks are shown while their moves travel to the server. One task's moves
 * are sent one after the other, so that they arrive in the order they were made.
 */
export class PendingMoves {
  readonly #listeners = new Set<() => void>();
  readonly #queues = new Map<string, Promise<void>>();
  #placements: ReadonlyMap<string, Placement> = new Map();

  readonly getPlacements = (): ReadonlyMap<string, Placement> => this.#placements;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Shows the task at its new place at once and until `send` has settled;
   * a later move of the same task takes over. Rejects as `send` does.
   */
  async run(taskId: string, placement: Placement, send: () => Promise<void>): Promise<void> {
    this.#change((placements) => placements.set(taskId, placement));
    const sent = (this.#queues.get(taskId) ?? Promise.resolve()).then(send);
    const settled = sent.catch(() => {
      // The caller hears of it; the next move of this task goes ahead.
    });
    this.#queues.set(taskId, settled);
    try {
      await sent;
    } finally {
      if (this.#queues.get(taskId) === settled) this.#queues.delete(taskId);
      if (this.#placements.get(taskId) === placement) {
        this.#change((placements) => placements.delete(taskId));
      }
    }
  }

  #change(edit: (placements: Map<string, Placement>) => void): void {
    const next = new Map(this.#placements);
    edit(next);
    this.#placements = next;
    for (const listener of this.#listeners) listener();
  }
}
