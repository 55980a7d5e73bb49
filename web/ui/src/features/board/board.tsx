import {
  Accessibility,
  KeyboardSensor,
  PointerActivationConstraints,
  PointerSensor,
} from '@dnd-kit/dom';
import { DragDropProvider, DragOverlay } from '@dnd-kit/react';
import { useMemo } from 'react';
import { useReportDrag } from '@/features/presence/presence-context';
import { arrange } from './arrange';
import { BoardColumn } from './board-column';
import type { BoardColumnData, BoardProject, BoardTask } from './board-data';
import { type BoardFilter, isFiltering, matches } from './board-filter';
import { DragAnnouncer } from './drag-announcer';
import { moveFocus } from './move-focus';
import { NewColumn } from './new-column';
import { usePlacements } from './pending-moves-context';
import { CarriedCard } from './task-card';
import { useDrag } from './use-drag';
import { useTaskCreate } from './use-task-create';
import { useTaskMove } from './use-task-move';

const SENSORS = [
  PointerSensor.configure({
    // A touch first scrolls; holding it picks up. A mouse picks up once it moves.
    activationConstraints: (event) =>
      event.pointerType === 'touch'
        ? [new PointerActivationConstraints.Delay({ value: 220, tolerance: 8 })]
        : [new PointerActivationConstraints.Distance({ value: 5 })],
  }),
  KeyboardSensor.configure({
    // Enter opens the card, as on every link.
    keyboardCodes: { ...KeyboardSensor.defaults.keyboardCodes, start: ['Space'] },
  }),
];

type BoardProps = {
  project: BoardProject;
  filter: BoardFilter;
  addingTo: string | null;
  onAddingChange: (columnId: string | null) => void;
};

/** The columns with their cards, which can be carried by mouse, touch and keyboard. */
export function Board({ project, filter, addingTo, onAddingChange }: BoardProps) {
  const isMovable = project.viewerRole !== 'VIEWER' && project.archivedAt === null;
  const isAdmin = isMovable && project.viewerRole !== 'MEMBER';
  const placements = usePlacements();
  const columns = useMemo(
    () => arrange<BoardTask, BoardColumnData>(project.columns, placements),
    [project.columns, placements],
  );
  const { carried, message, handlers } = useDrag(columns, useTaskMove());
  useReportDrag(carried?.taskId ?? null);
  const add = useTaskCreate(project.id);

  const isFiltered = isFiltering(filter);
  const shown = useMemo(() => {
    const arranged = carried?.placement
      ? arrange<BoardTask, BoardColumnData>(columns, new Map([[carried.taskId, carried.placement]]))
      : columns;
    return arranged.map((column) => ({
      column,
      tasks: isFiltered
        ? column.tasks.nodes.filter((task) => task.id === carried?.taskId || matches(task, filter))
        : column.tasks.nodes,
    }));
  }, [columns, carried, filter, isFiltered]);

  return (
    <DragDropProvider
      {...handlers}
      // This board tells better where a card is than ids do: see DragAnnouncer.
      plugins={(defaults) => defaults.filter((plugin) => plugin !== Accessibility)}
      sensors={SENSORS}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only moves the focus among its links. */}
      <div
        className="relative flex min-h-0 flex-1 snap-x snap-proximity scroll-px-4 items-start sm:scroll-px-6 gap-3 overflow-x-auto px-4 pt-1 pb-4 sm:px-6"
        onKeyDown={moveFocus}
      >
        {shown.map(({ column, tasks }) => (
          <BoardColumn
            column={column}
            isAdding={addingTo === column.id}
            isDroppable={isMovable && (carried?.by !== 'keyboard' || tasks.length === 0)}
            isFiltered={isFiltered}
            isMovable={isMovable}
            key={column.id}
            allColumns={isAdmin ? project.columns : null}
            onAdd={add}
            onAddingChange={onAddingChange}
            shownTasks={tasks}
          />
        ))}
        {isAdmin ? <NewColumn projectId={project.id} /> : null}
      </div>
      <DragOverlay dropAnimation={{ duration: 160, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' }}>
        {(source) => {
          const task = columns
            .flatMap(({ tasks }) => tasks.nodes)
            .find(({ id }) => id === source.id);
          return task ? <CarriedCard task={task} /> : null;
        }}
      </DragOverlay>
      <DragAnnouncer message={message} />
    </DragDropProvider>
  );
}
