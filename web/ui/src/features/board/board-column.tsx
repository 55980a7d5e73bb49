import { CollisionPriority } from '@dnd-kit/abstract';
import { useDroppable } from '@dnd-kit/react';
import { memo, useState } from 'react';
import { classNames } from '@/shared/class-names';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { useToast } from '@/shared/ui/toast';
import type { BoardColumnData } from './board-data';
import { ColumnHeader } from './column-header';
import { ColumnMenu } from './column-menu';
import { QuickAdd } from './quick-add';
import { TaskCard } from './task-card';
import { useColumnTasks } from './use-column-tasks';

type BoardColumnProps = {
  column: BoardColumnData;
  shownTasks: BoardColumnData['tasks']['nodes'];
  isFiltered: boolean;
  isMovable: boolean;
  /** The column itself takes cards too; while the keyboard carries one, only if it is empty. */
  isDroppable: boolean;
  isAdding: boolean;
  /** All of the board's, for the menu of those who may change them. */
  allColumns: readonly BoardColumnData[] | null;
  onAddingChange: (columnId: string | null) => void;
  onAdd: (columnId: string, title: string) => Promise<void>;
};

/** One column: its name, its cards in order, and the place to add more. */
export const BoardColumn = memo(function BoardColumn(props: BoardColumnProps) {
  const { column, shownTasks, isFiltered, isMovable } = props;
  const { ref, isDropTarget } = useDroppable({
    id: column.id,
    type: 'column',
    accept: 'task',
    collisionPriority: CollisionPriority.Low,
    disabled: !props.isDroppable,
  });

  return (
    <section
      aria-label={column.name}
      className="flex max-h-full w-72 shrink-0 snap-start flex-col rounded-xl bg-sunken max-sm:w-[calc(100vw-3.5rem)]"
      data-column-name={column.name}
    >
      <header className="flex h-11 shrink-0 items-center gap-2 pr-1.5 pl-3">
        <ColumnHeader
          column={column}
          shownCount={isFiltered ? shownTasks.length : null}
          taskCount={column.taskCount}
        />
        {props.allColumns ? <ColumnMenu columns={props.allColumns} columnId={column.id} /> : null}
      </header>
      <div
        className={classNames(
          'min-h-0 flex-1 overflow-y-auto overscroll-y-contain rounded-lg px-2 pb-1 transition-colors',
          isDropTarget && 'bg-accent-soft',
        )}
        ref={ref}
      >
        <ul aria-label={`Tasks in ${column.name}`} className="flex min-h-14 flex-col gap-2 p-0.5">
          {shownTasks.map((task, index) => (
            <TaskCard
              columnId={column.id}
              index={index}
              isMovable={isMovable}
              key={task.id}
              task={task}
            />
          ))}
          {shownTasks.length === 0 ? (
            <li className="flex h-14 items-center justify-center rounded-lg border border-line-strong border-dashed text-muted text-sm">
              {isFiltered && column.taskCount > 0 ? 'No task matches' : 'No tasks'}
            </li>
          ) : null}
        </ul>
        {column.tasks.pageInfo.hasNextPage ? <LoadMore column={column} /> : null}
      </div>
      {isMovable ? (
        <div className="shrink-0 p-2 pt-1">
          <QuickAdd
            columnName={column.name}
            isOpen={props.isAdding}
            onAdd={(title) => props.onAdd(column.id, title)}
            onClose={() => props.onAddingChange(null)}
            onOpen={() => props.onAddingChange(column.id)}
          />
        </div>
      ) : (
        <div className="h-2 shrink-0" />
      )}
    </section>
  );
});

function LoadMore({ column }: { column: BoardColumnData }) {
  const load = useColumnTasks();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const remaining = column.taskCount - column.tasks.nodes.length;
  const onClick = () => {
    setIsBusy(true);
    load(column.id, column.tasks.pageInfo.endCursor)
      .catch((error: unknown) => toast(messageOf(error)))
      .finally(() => setIsBusy(false));
  };
  return (
    <Button busy={isBusy} className="mt-2 w-full" onClick={onClick} size="small" variant="quiet">
      {isBusy ? 'Loading…' : remaining > 0 ? `Load more (${remaining} left)` : 'Load more'}
    </Button>
  );
}
