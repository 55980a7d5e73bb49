import { CardWatchers } from '@/features/presence/card-watchers';
import { useWatchers } from '@/features/presence/presence-context';
import { getFragmentData } from '@/generated';
import { TaskSnapshot } from '@/shared/cache/snapshots';
import { shortDate } from '@/shared/dates';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { TaskActions } from './task-actions';
import { TaskActivity } from './task-activity';
import { TaskAttachments } from './task-attachments';
import { TaskChecklist } from './task-checklist';
import { TaskComments } from './task-comments';
import { accessTo, type PanelTask } from './task-data';
import { TaskDescription } from './task-description';
import { TaskLabels } from './task-labels';
import { TaskProperties } from './task-properties';
import { TaskTitle } from './task-title';

type TaskBodyProps = {
  task: PanelTask;
  headingId: string;
  onClose: () => void;
  onLoadMoreComments: () => void;
};

/** Everything about one task; viewers read, the others edit. */
export function TaskBody({ task, headingId, onClose, onLoadMoreComments }: TaskBodyProps) {
  const fields = getFragmentData(TaskSnapshot, task);
  const watchers = useWatchers(task.id);
  const access = accessTo(task.project);
  const mayEdit = access.mayEdit && fields.archivedAt === null;

  return (
    <>
      <header className="flex h-12 shrink-0 items-center gap-2 border-line border-b pr-2 pl-6">
        <span className="font-mono text-muted text-sm">{fields.key}</span>
        <CardWatchers watchers={watchers} />
        {fields.archivedAt ? (
          <span className="rounded-full bg-warn-soft px-2 text-warn text-xs leading-5">
            Archived
          </span>
        ) : null}
        {access.mayEdit ? null : (
          <span className="rounded-full bg-sunken px-2 text-muted text-xs leading-5">
            Read only
          </span>
        )}
        <span className="ml-auto flex items-center">
          {access.mayEdit ? <TaskActions onGone={onClose} task={fields} /> : null}
          <Button aria-label="Close" onClick={onClose} size="icon" variant="quiet">
            <Icon name="close" />
          </Button>
        </span>
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-6 py-5">
        <div className="flex flex-col gap-2">
          <TaskTitle headingId={headingId} mayEdit={mayEdit} task={fields} />
          <TaskLabels mayEdit={mayEdit} project={task.project} task={fields} />
        </div>
        <TaskProperties mayEdit={mayEdit} project={task.project} task={fields} />
        <TaskDescription mayEdit={mayEdit} task={fields} />
        <TaskChecklist mayEdit={mayEdit} task={fields} />
        <TaskAttachments attachments={fields.attachments} />
        <TaskComments access={access} onLoadMore={onLoadMoreComments} task={task} />
        <TaskActivity task={task} />
        <p className="text-muted text-xs">
          Created {shortDate(fields.createdAt)}
          {task.creator ? ` by ${task.creator.name}` : ''}
        </p>
      </div>
    </>
  );
}
