import { getFragmentData } from '@/generated';
import type { LabelSnapshotFragment } from '@/generated/graphql';
import { LabelSnapshot } from '@/shared/cache/snapshots';
import { messageOf } from '@/shared/graphql/problem';
import { Icon } from '@/shared/ui/icon';
import { LabelChip } from '@/shared/ui/label-chip';
import { Popover } from '@/shared/ui/popover';
import { useToast } from '@/shared/ui/toast';
import { NewLabel } from './new-label';
import type { PanelProject, TaskFields } from './task-data';
import { useTaskUpdate } from './use-task-update';

type TaskLabelsProps = { task: TaskFields; project: PanelProject; mayEdit: boolean };

/** The task's labels; members put them on and take them off, and make new ones. */
export function TaskLabels({ task, project, mayEdit }: TaskLabelsProps) {
  const update = useTaskUpdate(task);
  const toast = useToast();
  const all = project.labels.map((label) => getFragmentData(LabelSnapshot, label));
  const isOn = (label: LabelSnapshotFragment) => task.labels.some(({ id }) => id === label.id);

  const toggle = (label: LabelSnapshotFragment) => {
    const change = isOn(label)
      ? update(
          { removedLabelIds: [label.id] },
          { labels: task.labels.filter(({ id }) => id !== label.id) },
        )
      : update(
          { addedLabelIds: [label.id] },
          { labels: [...task.labels, { ...label, __typename: 'Label' }] },
        );
    change.catch((error: unknown) => toast(`The labels are unchanged. ${messageOf(error)}`));
  };

  return (
    <section aria-label="Labels" className="flex flex-wrap items-center gap-1.5">
      {task.labels.map((label) => (
        <LabelChip key={label.id} label={label} />
      ))}
      {task.labels.length === 0 && !mayEdit ? <p className="text-muted">No labels.</p> : null}
      {mayEdit ? (
        <Popover
          align="start"
          label="Edit labels"
          trigger={
            <>
              <Icon name="plus" size={14} />
              Label
            </>
          }
          triggerClassName="flex items-center gap-1 rounded-full border border-line-strong border-dashed px-2 text-muted text-xs leading-5 hover:bg-hover hover:text-ink"
        >
          {() => (
            <div className="w-60">
              <ul className="max-h-60 overflow-y-auto">
                {all.map((label) => (
                  <li key={label.id}>
                    <label className="flex min-h-8 cursor-pointer items-center gap-2 rounded-lg px-2 hover:bg-hover">
                      <input
                        checked={isOn(label)}
                        className="accent-accent"
                        onChange={() => toggle(label)}
                        type="checkbox"
                      />
                      <span
                        aria-hidden="true"
                        className="size-2.5 shrink-0 rounded-full"
                        style={{ background: label.color }}
                      />
                      <span className="truncate">{label.name}</span>
                    </label>
                  </li>
                ))}
              </ul>
              <NewLabel onCreated={toggle} projectId={project.id} />
            </div>
          )}
        </Popover>
      ) : null}
    </section>
  );
}
