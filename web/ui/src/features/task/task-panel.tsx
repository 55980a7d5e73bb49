import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useShortcuts } from '@/features/board/use-shortcuts';
import { useReportLook } from '@/features/presence/presence-context';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { LoadFailure } from '@/shared/ui/load-failure';
import { Notice } from '@/shared/ui/notice';
import { Skeleton } from '@/shared/ui/skeleton';
import { TaskBody } from './task-body';
import { useTask } from './use-task';

/** The task an address names, in a panel beside its board. */
export function TaskPanel() {
  const { slug = '', key = '', number = '' } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const headingId = useId();
  const panel = useRef<HTMLElement>(null);
  const taskKey = `${key}-${number}`;
  const { data, error, refetch, fetchMore } = useTask(slug, taskKey);
  const task = data?.task;

  useReportLook(task?.id);

  const close = () => {
    void navigate(`/w/${slug}/p/${key}${search}`);
    // Back to the card it came from, so that the keyboard goes on where it was.
    findCardLink(taskKey)?.focus();
  };
  useShortcuts({ Escape: close });

  useEffect(() => {
    panel.current?.focus();
    // The panel takes a part of the board away; the card it shows should not be in it.
    findCardLink(taskKey)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [taskKey]);

  let content: ReactNode;
  if (task) {
    content = (
      <TaskBody
        headingId={headingId}
        key={task.id}
        onClose={close}
        onLoadMoreComments={() =>
          void fetchMore({ variables: { commentsAfter: task.comments.pageInfo.endCursor } })
        }
        task={task}
      />
    );
  } else if (data) {
    content = (
      <Notice action={<Button onClick={close}>Back to the board</Button>} title="No such task">
        {taskKey} does not exist any more, or never did.
      </Notice>
    );
  } else if (error) {
    content = <LoadFailure error={error} refetch={refetch} title="The task could not be loaded" />;
  } else {
    content = <PanelSkeleton />;
  }

  return (
    <aside
      aria-label={task ? undefined : taskKey}
      aria-labelledby={task ? headingId : undefined}
      className="z-30 flex animate-panel-in flex-col border-line border-l bg-surface outline-none max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:w-full max-lg:shadow-float max-lg:sm:w-[34rem] lg:w-[34rem] lg:shrink-0"
      ref={panel}
      role="dialog"
      tabIndex={-1}
    >
      {task ? null : (
        <div className="flex justify-end p-2">
          <Button aria-label="Close" onClick={close} size="icon" variant="quiet">
            <Icon name="close" />
          </Button>
        </div>
      )}
      {content}
    </aside>
  );
}

function findCardLink(taskKey: string): HTMLElement | null {
  return document.querySelector(`[data-task-key="${CSS.escape(taskKey)}"] > a`);
}

function PanelSkeleton() {
  return (
    <div className="flex flex-col gap-4 p-6" role="status">
      <span className="sr-only">Loading the task</span>
      <Skeleton className="h-7 w-4/5" />
      <div className="grid grid-cols-3 gap-3">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
      </div>
      <Skeleton className="h-32" />
    </div>
  );
}
