import { Button } from '@/shared/ui/button';
import { ConflictNotice } from './conflict-notice';
import { Markdown } from './markdown';
import { MarkdownEditor } from './markdown-editor';
import type { TaskFields } from './task-data';
import { useTaskUpdate } from './use-task-update';
import { useTextEdit } from './use-text-edit';

type TaskDescriptionProps = { task: TaskFields; mayEdit: boolean };

export function TaskDescription({ task, mayEdit }: TaskDescriptionProps) {
  const update = useTaskUpdate(task);
  const edit = useTextEdit({
    value: task.description,
    version: task.version,
    read: (current) => current.description,
    save: (description, expectedVersion) =>
      update({ description, expectedVersion }, { description }),
  });

  return (
    <section aria-label="Description">
      <div className="mb-2 flex min-h-7 items-center justify-between">
        <h3 className="font-semibold">Description</h3>
        {mayEdit && !edit.isEditing ? (
          <Button aria-label="Edit description" onClick={edit.start} size="small" variant="quiet">
            Edit
          </Button>
        ) : null}
      </div>
      {edit.isEditing ? (
        <MarkdownEditor
          autoFocus
          label="Description"
          onCancel={edit.cancel}
          onChange={edit.setDraft}
          onSubmit={edit.submit}
          placeholder="What is this about? Markdown works."
          rows={6}
          value={edit.draft}
        >
          <Button busy={edit.isBusy} onClick={edit.submit} size="small" variant="primary">
            Save
          </Button>
          <Button onClick={edit.cancel} size="small" variant="quiet">
            Cancel
          </Button>
        </MarkdownEditor>
      ) : task.description ? (
        <Markdown text={task.description} />
      ) : (
        <p className="text-muted">No description.</p>
      )}
      {edit.error ? (
        <p className="mt-2 text-danger text-sm" role="alert">
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
    </section>
  );
}
