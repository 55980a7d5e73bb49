import type { DragDropProvider } from '@dnd-kit/react';
import { isSortable } from '@dnd-kit/react/sortable';
import { type ComponentProps, useRef, useState } from 'react';
import { getFragmentData } from '@/generated';
import { arrange, neighbourAt, type Placement, positionAfter } from './arrange';
import type { BoardColumnData, BoardTask } from './board-data';
import { TaskCardFragment } from './task-card';
import type { TaskMoveRequest } from './use-task-move';

type Handlers = Required<
  Pick<ComponentProps<typeof DragDropProvider>, 'onDragStart' | 'onDragOver' | 'onDragEnd'>
>;
type Carried = { taskId: string; by: 'pointer' | 'keyboard'; placement: Placement | null };

/**
 * Carrying one card: where it would go, told in words, and the move once it is put down.
 *
 * @param columns as shown, with filters and pending moves applied, without the carried card's own
 */
export function useDrag(
  columns: readonly BoardColumnData[],
  move: (request: TaskMoveRequest) => Promise<void>,
) {
  const [carried, setCarried] = useState<Carried | null>(null);
  const [message, setMessage] = useState('');
  // The library's events come between renders; they need what was decided last, not what is drawn.
  const current = useRef<Carried | null>(null);
  const carry = (next: Carried | null) => {
    current.current = next;
    setCarried(next);
  };
  const arranged = (placement: Placement | null, taskId: string) =>
    placement
      ? arrange<BoardTask, BoardColumnData>(columns, new Map([[taskId, placement]]))
      : columns;

  const handlers: Handlers = {
    onDragStart: ({ operation, nativeEvent }) => {
      const found = find(columns, String(operation.source?.id));
      if (!found) return;
      carry({
        taskId: found.task.id,
        by: nativeEvent instanceof KeyboardEvent ? 'keyboard' : 'pointer',
        placement: null,
      });
      setMessage(`Picked up ${nameOf(found.task)}. ${describe(found.column, found.task.id)}`);
    },
    onDragOver: ({ operation: { source, target, shape } }) => {
      const carrying = current.current;
      if (!carrying || !source || !target || target.id === source.id) return;
      const shown = arranged(carrying.placement, carrying.taskId);
      const home = find(shown, carrying.taskId);
      if (!home) return;
      const isBelow =
        shape && target.shape ? shape.current.center.y > target.shape.center.y : false;
      const placement = isSortable(target)
        ? placeBeside(shown, home.column, carrying.taskId, String(target.id), isBelow)
        : placeIn(shown, home.column, String(target.id));
      if (!placement) return;
      carry({ ...carrying, placement });
      const there = find(arranged(placement, carrying.taskId), carrying.taskId);
      if (there) setMessage(describe(there.column, carrying.taskId));
    },
    onDragEnd: ({ canceled }) => {
      const carrying = current.current;
      carry(null);
      if (!carrying) return;
      const { taskId, placement } = carrying;
      const there = find(arranged(placement, taskId), taskId);
      if (!there) return;
      if (canceled || !placement) {
        setMessage(`${nameOf(there.task)} was put back.`);
        return;
      }
      setMessage(`Put down ${nameOf(there.task)}. ${describe(there.column, taskId)}`);
      const { key } = getFragmentData(TaskCardFragment, there.task);
      void move({
        task: { id: taskId, key },
        ...placement,
        ...neighbourAt(there.column.tasks.nodes, taskId),
      });
    },
  };

  return { carried, message, handlers };
}

function find(columns: readonly BoardColumnData[], taskId: string) {
  for (const column of columns) {
    const task = column.tasks.nodes.find(({ id }) => id === taskId);
    if (task) return { column, task };
  }
  return null;
}

function nameOf(task: BoardTask): string {
  return getFragmentData(TaskCardFragment, task).title;
}

function describe(column: BoardColumnData, taskId: string): string {
  const { nodes } = column.tasks;
  const place = nodes.findIndex(({ id }) => id === taskId) + 1;
  return `${column.name}, position ${place} of ${nodes.length}.`;
}

/** Takes the target's place within a column; from another one, goes above or below the target. */
function placeBeside(
  columns: readonly BoardColumnData[],
  home: BoardColumnData,
  taskId: string,
  targetId: string,
  isBelow: boolean,
): Placement | null {
  const target = find(columns, targetId);
  if (!target) return null;
  const { nodes } = target.column.tasks;
  const to = nodes.findIndex(({ id }) => id === targetId);
  const from = nodes.findIndex(({ id }) => id === taskId);
  const isAfter = target.column.id === home.id ? from < to : isBelow;
  const others = nodes.filter(({ id }) => id !== taskId);
  const index = others.findIndex(({ id }) => id === targetId);
  const previous = others[isAfter ? index : index - 1];
  return { columnId: target.column.id, position: positionAfter(previous?.position) };
}

/** Over a column rather than a card: the end of it, unless the card is there already. */
function placeIn(
  columns: readonly BoardColumnData[],
  home: BoardColumnData,
  columnId: string,
): Placement | null {
  const column = columns.find(({ id }) => id === columnId);
  if (!column || column.id === home.id) return null;
  return { columnId, position: positionAfter(column.tasks.nodes.at(-1)?.position) };
}
