import { useState } from 'react';
import { messageOf } from '@/shared/graphql/problem';
import { ConfirmDialog } from '@/shared/ui/confirm-dialog';
import { Icon } from '@/shared/ui/icon';
import { MenuItem } from '@/shared/ui/menu-item';
import { Popover } from '@/shared/ui/popover';
import { useToast } from '@/shared/ui/toast';
import type { TaskFields } from './task-data';
import { useTaskArchive } from './use-task-archive';
import { useTaskDelete } from './use-task-delete';
import { useTaskRestore } from './use-task-restore';

type TaskActionsProps = { task: TaskFields; onGone: () => void };

/** Archive, restore and delete, the last two kinds of farewell with a question first. */
export function TaskActions({ task, onGone }: TaskActionsProps) {
  const archive = useTaskArchive();
  const restore = useTaskRestore();
  const remove = useTaskDelete();
  const toast = useToast();
  const [asking, setAsking] = useState<'archive' | 'delete' | null>(null);
  const run = (action: Promise<void>, done: () => void) => {
    action.then(done).catch((error: unknown) => toast(messageOf(error)));
  };

  return (
    <>
      <Popover
        label="Task actions"
        trigger={<Icon name="more" />}
        triggerClassName="flex size-8 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink"
      >
        {(close) => {
          const choose = (action: () => void) => () => {
            close();
            action();
          };
          return (
            <>
              {task.archivedAt ? (
                <MenuItem
                  icon="archive"
                  onClick={choose(() => run(restore(task.id), () => toast('Restored.', 'info')))}
                >
                  Restore
                </MenuItem>
              ) : (
                <MenuItem icon="archive" onClick={choose(() => setAsking('archive'))}>
                  Archive
                </MenuItem>
              )}
              <MenuItem icon="trash" isDanger onClick={choose(() => setAsking('delete'))}>
                Delete
              </MenuItem>
            </>
          );
        }}
      </Popover>
      {asking === 'archive' ? (
        <ConfirmDialog
          action="Archive"
          message="It leaves the board and can be restored later."
          onClose={() => setAsking(null)}
          onConfirm={() =>
            run(archive(task.id), () => {
              toast(`${task.key} is archived.`, 'info');
              onGone();
            })
          }
          title={`Archive ${task.key}?`}
        />
      ) : null}
      {asking === 'delete' ? (
        <ConfirmDialog
          action="Delete"
          message="The task, its comments and its checklist are gone for good."
          onClose={() => setAsking(null)}
          onConfirm={() => run(remove(task.id), onGone)}
          title={`Delete ${task.key}?`}
        />
      ) : null}
    </>
  );
}
