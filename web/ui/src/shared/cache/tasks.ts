import type { ApolloCache, Reference } from '@apollo/client/cache';
import type { TaskPlaceFragment, TaskSnapshotFragment } from '@/generated/graphql';
import { TaskPlace, TaskSnapshot } from './snapshots';

type Connection = { readonly nodes?: readonly Reference[] };

function findPlace(cache: ApolloCache, taskId: string) {
  const id = cache.identify({ __typename: 'Task', id: taskId });
  return id ? cache.readFragment<TaskPlaceFragment>({ fragment: TaskPlace, id }) : null;
}

/**
 * Writes a task's state and moves it between the lists and counts of its columns.
 * An older version than the one known is left out: answers and events overtake each other.
 *
 * @param lastColumnId where the task stood if it is not in the cache; null when it was on no column
 */
export function mergeTask(
  cache: ApolloCache,
  task: TaskSnapshotFragment,
  lastColumnId: string | null,
): void {
  const known = findPlace(cache, task.id);
  if (known && known.version > task.version) return;
  const before = known ? columnOnBoard(known) : lastColumnId;
  cache.writeFragment({ fragment: TaskSnapshot, data: task });
  moveBetweenColumns(cache, task.id, before, columnOnBoard(task));
}

/** Forgets a deleted task. `lastColumnId` as in mergeTask. */
export function dropTask(cache: ApolloCache, taskId: string, lastColumnId: string | null): void {
  const known = findPlace(cache, taskId);
  moveBetweenColumns(cache, taskId, known ? columnOnBoard(known) : lastColumnId, null);
  const id = cache.identify({ __typename: 'Task', id: taskId });
  if (id) cache.evict({ id });
}

/** True when the task has been read before, on the board or in its panel. */
export function isTaskKnown(cache: ApolloCache, taskId: string): boolean {
  return findPlace(cache, taskId) !== null;
}

/** Adds to a column's count without touching its list, for tasks that were never read. */
export function countTask(cache: ApolloCache, columnId: string, by: 1 | -1): void {
  const id = cache.identify({ __typename: 'BoardColumn', id: columnId });
  if (id) cache.modify({ id, fields: { taskCount: (count: number) => Math.max(0, count + by) } });
}

/** New positions after a column's ranks were spread out anew. */
export function writePositions(cache: ApolloCache, positions: Record<string, string>): void {
  for (const [taskId, position] of Object.entries(positions)) {
    const id = cache.identify({ __typename: 'Task', id: taskId });
    if (id) cache.modify({ id, fields: { position: () => position } });
  }
}

function columnOnBoard(task: { archivedAt: string | null; column: { id: string } }): string | null {
  return task.archivedAt === null ? task.column.id : null;
}

function moveBetweenColumns(
  cache: ApolloCache,
  taskId: string,
  from: string | null,
  to: string | null,
): void {
  if (from !== null && from !== to) {
    countTask(cache, from, -1);
    editList(cache, from, (nodes, task) => nodes.filter((ref) => ref.__ref !== task.__ref), taskId);
  }
  if (to !== null) {
    if (from !== to) countTask(cache, to, 1);
    // Also when it stays: a move can bring it up from a page that is not loaded yet.
    editList(
      cache,
      to,
      (nodes, task) =>
        nodes.some((ref) => ref.__ref === task.__ref) ? [...nodes] : [...nodes, task],
      taskId,
    );
  }
}

function editList(
  cache: ApolloCache,
  columnId: string,
  edit: (nodes: readonly Reference[], task: Reference) => Reference[],
  taskId: string,
): void {
  const id = cache.identify({ __typename: 'BoardColumn', id: columnId });
  if (!id) return;
  cache.modify<Record<string, unknown>>({
    id,
    fields: {
      tasks: (existing: unknown, { toReference }) => {
        const task = toReference({ __typename: 'Task', id: taskId });
        const connection = existing as Connection;
        return task ? { ...connection, nodes: edit(connection.nodes ?? [], task) } : connection;
      },
    },
  });
}
