import { SortableKeyboardPlugin } from '@dnd-kit/dom/sortable';
import { useSortable } from '@dnd-kit/react/sortable';
import { memo } from 'react';
import { Link, useLocation, useParams } from 'react-router';
import { CardWatchers, colorOf } from '@/features/presence/card-watchers';
import { useWatchers } from '@/features/presence/presence-context';
import type { Watcher } from '@/features/presence/presence-store';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import type { TaskCardFragment as TaskCardFields } from '@/generated/graphql';
import { classNames } from '@/shared/class-names';
import { Avatar } from '@/shared/ui/avatar';
import { PriorityIcon } from '@/shared/ui/priority-icon';
import { DRAG_INSTRUCTIONS_ID } from './drag-announcer';
import { TaskCardDetails } from './task-card-details';

export const TaskCardFragment = graphql(`
  fragment TaskCard on Task {
    id
    key
    number
    title
    priority
    assignee {
      id
      name
    }
    ...TaskCardDetails
  }
`);

type TaskCardProps = {
  task: FragmentType<typeof TaskCardFragment>;
  columnId: string;
  index: number;
  isMovable: boolean;
};

// The cards make room themselves where React draws them; the library only animates it.
const PLUGINS = [SortableKeyboardPlugin];
const TRANSITION = { duration: 180, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' };

/** One task on the board: a link to its panel that can be picked up and carried elsewhere. */
export const TaskCard = memo(function TaskCard({
  columnId,
  index,
  isMovable,
  ...props
}: TaskCardProps) {
  const task = getFragmentData(TaskCardFragment, props.task);
  const watchers = useWatchers(task.id);
  const mover = watchers.find(({ isDragging }) => isDragging);
  const { slug = '', key = '', number } = useParams();
  const { search } = useLocation();
  const { ref, handleRef, isDragSource } = useSortable({
    id: task.id,
    index,
    group: columnId,
    type: 'task',
    accept: 'task',
    disabled: !isMovable,
    plugins: PLUGINS,
    transition: TRANSITION,
  });

  return (
    <li
      className={classNames(
        'relative rounded-lg border bg-surface p-3 shadow-card transition-[border-color,opacity]',
        number === String(task.number)
          ? 'border-accent ring-1 ring-accent'
          : 'border-line hover:border-line-strong',
        isDragSource && 'opacity-40',
        mover && 'border-dashed',
      )}
      data-task-key={task.key}
      ref={ref}
      style={watchers[0] ? { borderColor: colorOf(mover ?? watchers[0]) } : undefined}
    >
      <CardTop task={task} watchers={watchers} />
      <Link
        aria-describedby={isMovable ? DRAG_INSTRUCTIONS_ID : undefined}
        className={classNames(
          'line-clamp-4 block rounded font-medium outline-none [overflow-wrap:anywhere]',
          'after:absolute after:inset-0 after:rounded-lg focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:outline-offset-1',
          isMovable && 'after:cursor-grab',
        )}
        draggable={false}
        ref={handleRef}
        to={`/w/${slug}/p/${key}/t/${task.number}${search}`}
      >
        {task.title}
      </Link>
      <TaskCardDetails task={task} />
    </li>
  );
});

type CardTopProps = {
  task: Pick<TaskCardFields, 'key' | 'priority' | 'assignee'>;
  watchers?: readonly Watcher[];
};

function CardTop({ task, watchers = [] }: CardTopProps) {
  return (
    <div className="mb-1 flex h-5 items-center gap-2">
      <span className="font-mono text-2xs text-muted">{task.key}</span>
      <CardWatchers watchers={watchers} />
      <span className="ml-auto" />
      {task.priority === 'NONE' ? null : <PriorityIcon priority={task.priority} />}
      {task.assignee ? (
        <Avatar label={`Assigned to ${task.assignee.name}`} size={20} user={task.assignee} />
      ) : null}
    </div>
  );
}

/** The card that follows the pointer. */
export function CarriedCard(props: { task: FragmentType<typeof TaskCardFragment> }) {
  const task = getFragmentData(TaskCardFragment, props.task);
  return (
    <div
      aria-hidden="true"
      className="rotate-1 cursor-grabbing rounded-lg border border-accent bg-surface p-3 shadow-float motion-reduce:rotate-0"
    >
      <CardTop task={task} />
      <p className="line-clamp-4 font-medium [overflow-wrap:anywhere]">{task.title}</p>
      <TaskCardDetails task={task} />
    </div>
  );
}
