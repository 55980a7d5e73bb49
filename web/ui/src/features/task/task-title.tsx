import type { KeyboardEvent } from 'react';
import { ConflictNotice } from './conflict-notice';
import type { TaskFields } from './task-data';
import { useTaskUpdate } from './use-task-update';
import { useTextEdit } from './use-text-edit';

type TaskTitleProps = { task: TaskFields; mayEdit: boolean; headingId: string };

/** The title as a heading; members edit it in place. Enter or leaving it saves, Escape reverts. */
export function TaskTitle({ task, mayEdit, headingId }: TaskTitleProps) {
  const update = useTaskUpdate(task);
  const edit = useTextEdit({
    value: task.title,
    version: task.version,
    read: (current) => current.title,
    save: (title, expectedVersion) => update({ title, expectedVersion }, { title }),
  });

  if (!mayEdit) {
    return (
      <h2 className="font-semibold text-xl [overflow-wrap:anywhere]" id={headingId}>
        {task.title}
      </h2>
    );
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    event.stopPropagation();
    if (event.key === 'Escape') edit.cancel();
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      event.currentTarget.blur();
    }
  };
  return (
    <div>
      <h2 className="sr-only" id={headingId}>
        {task.title}
      </h2>
      <textarea
        aria-label="Title"
        className="-mx-2 field-sizing-content block w-[calc(100%+1rem)] resize-none rounded-lg border border-transparent bg-transparent px-2 py-1 font-semibold text-xl hover:border-line focus:border-accent focus:bg-surface"
        maxLength={500}
        onBlur={edit.submit}
        onChange={(event) => edit.setDraft(event.target.value.replaceAll('\n', ' '))}
        onKeyDown={onKeyDown}
        rows={1}
        value={edit.draft}
      />
      {edit.error ? (
        <p className="mt-1 text-danger text-sm" role="alert">
          {edit.error}
        </p>
      ) : null}
      {edit.theirs === null ? null : (
        <ConflictNotice
          onKeepMine={edit.keepMine}
          onTakeTheirs={edit.takeTheirs}
          theirs={edit.theirs}
        />
      )}
    </div>
  );
}
