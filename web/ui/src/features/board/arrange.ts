import { comparePositions } from '@/shared/cache/type-policies';

/** Where a task is shown in place of where the server last said it is. */
export type Placement = { columnId: string; position: string };

type Task = { id: string; position: string };
type Column<T extends Task> = {
  id: string;
  taskCount: number;
  tasks: { nodes: T[] };
};

/** A position right after `previous` and before whatever follows it: `!` sorts below every digit. */
export function positionAfter(previous: string | undefined): string {
  return `${previous ?? ''}!`;
}

/**
 * The columns as they look with some tasks placed elsewhere: those being dragged and
 * those whose move is on its way to the server. Columns it does not touch stay the same objects.
 */
export function arrange<T extends Task, C extends Column<T>>(
  columns: readonly C[],
  placements: ReadonlyMap<string, Placement>,
): readonly C[] {
  if (placements.size === 0) return columns;
  const moving: { task: T; placement: Placement; homeId: string }[] = [];
  for (const column of columns) {
    for (const task of column.tasks.nodes) {
      const placement = placements.get(task.id);
      if (placement) moving.push({ task, placement, homeId: column.id });
    }
  }
  return columns.map((column) => {
    const leaving = moving.filter(({ homeId }) => homeId === column.id);
    const arriving = moving.filter(({ placement }) => placement.columnId === column.id);
    if (leaving.length === 0 && arriving.length === 0) return column;
    const staying = column.tasks.nodes.filter((task) => !placements.has(task.id));
    const nodes = [...staying, ...arriving.map(({ task }) => task)].sort((a, b) =>
      comparePositions(
        placements.get(a.id)?.position ?? a.position,
        placements.get(b.id)?.position ?? b.position,
      ),
    );
    return {
      ...column,
      taskCount: column.taskCount - leaving.length + arriving.length,
      tasks: { ...column.tasks, nodes },
    };
  });
}

/** The neighbour a move names: the task before the place, or the one after it at the top. */
export function neighbourAt<T extends Task>(
  tasks: readonly T[],
  taskId: string,
): { afterTaskId?: string; beforeTaskId?: string } {
  const index = tasks.findIndex(({ id }) => id === taskId);
  const previous = tasks[index - 1];
  const following = tasks[index + 1];
  if (previous) return { afterTaskId: previous.id };
  return following ? { beforeTaskId: following.id } : {};
}
