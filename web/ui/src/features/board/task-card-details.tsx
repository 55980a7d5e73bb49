import { type FragmentType, getFragmentData, graphql } from '@/generated';
import { DueDate } from '@/shared/ui/due-date';
import { Icon } from '@/shared/ui/icon';
import { LabelChip } from '@/shared/ui/label-chip';

const TaskCardDetailsFragment = graphql(`
  fragment TaskCardDetails on Task {
    id
    dueDate
    commentCount
    column {
      id
      category
    }
    labels {
      id
      name
      color
    }
    checklist {
      id
      isCompleted
    }
  }
`);

/** What a card shows below its title. */
export function TaskCardDetails(props: { task: FragmentType<typeof TaskCardDetailsFragment> }) {
  const task = getFragmentData(TaskCardDetailsFragment, props.task);
  const done = task.checklist.filter(({ isCompleted }) => isCompleted).length;
  const isClosed = task.column.category === 'DONE' || task.column.category === 'CANCELED';
  const hasFacts = task.dueDate !== null || task.checklist.length > 0 || task.commentCount > 0;
  return (
    <>
      {task.labels.length > 0 ? (
        <ul aria-label="Labels" className="mt-2 flex flex-wrap gap-1">
          {task.labels.map((label) => (
            <li className="flex" key={label.id}>
              <LabelChip label={label} />
            </li>
          ))}
        </ul>
      ) : null}
      {hasFacts ? (
        <div className="mt-2 flex min-h-5 items-center gap-3 text-muted text-xs">
          {task.dueDate ? <DueDate date={task.dueDate} isClosed={isClosed} /> : null}
          {task.checklist.length > 0 ? (
            <span className="inline-flex items-center gap-1" title="Checklist">
              <Icon name="checklist" size={14} />
              <span className="sr-only">Checklist: </span>
              {done}/{task.checklist.length}
            </span>
          ) : null}
          {task.commentCount > 0 ? (
            <span className="inline-flex items-center gap-1" title="Comments">
              <Icon name="comment" size={14} />
              <span className="sr-only">Comments: </span>
              {task.commentCount}
            </span>
          ) : null}
        </div>
      ) : null}
    </>
  );
}
