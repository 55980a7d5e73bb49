import type { PresenceSubscription } from '@/generated/graphql';

type Update = PresenceSubscription['presence'];
export type Person = { id: string; name: string };
/** Somebody at a task: looking at it, or carrying its card. */
export type Watcher = Person & { isDragging: boolean };
export type Present = {
  people: readonly Person[];
  /** False while the server knows only those who are connected to the same one of its processes. */
  isComplete: boolean;
};

const NOBODY: Present = { people: [], isComplete: true };
const NO_WATCHERS: readonly Watcher[] = [];

function isSame(before: readonly Watcher[] | undefined, after: readonly Watcher[]): boolean {
  return (
    before?.length === after.length &&
    before.every(
      ({ id, name, isDragging }, index) =>
        id === after[index]?.id &&
        name === after[index].name &&
        isDragging === after[index].isDragging,
    )
  );
}

/**
 * Who else is at a project, for components to follow. What did not change keeps its identity,
 * so that an update draws only the cards it is about.
 */
export class PresenceStore {
  readonly #listeners = new Set<() => void>();
  #present: Present = NOBODY;
  #watchersByTaskId = new Map<string, readonly Watcher[]>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly present = (): Present => this.#present;

  watchersOf(taskId: string): readonly Watcher[] {
    return this.#watchersByTaskId.get(taskId) ?? NO_WATCHERS;
  }

  /** Takes the place of what was known; null when nobody can tell. */
  replace(update: Update | null, viewerId: string | undefined): void {
    const others = (update?.members ?? []).filter(({ userId }) => userId !== viewerId);
    const found = new Map<string, Watcher[]>();
    const people: Person[] = [];
    for (const { user, taskId, draggedTaskId } of others) {
      // Somebody who has just left the workspace has no name here any more.
      if (!user) continue;
      people.push({ id: user.id, name: user.name });
      const at = draggedTaskId ?? taskId;
      if (at === null) continue;
      const watcher = { id: user.id, name: user.name, isDragging: draggedTaskId !== null };
      found.set(at, [...(found.get(at) ?? []), watcher]);
    }
    const before = this.#watchersByTaskId;
    this.#watchersByTaskId = new Map(
      [...found].map(([taskId, watchers]) => {
        const known = before.get(taskId);
        return [taskId, known && isSame(known, watchers) ? known : watchers];
      }),
    );
    this.#present = update ? { people, isComplete: update.isComplete } : NOBODY;
    for (const listener of this.#listeners) listener();
  }
}
