import { usePlacements } from '@/features/board/pending-moves-context';
import { useTaskMove } from '@/features/board/use-task-move';
import type { Priority } from '@/generated/graphql';
import { messageOf } from '@/shared/graphql/problem';
import { PRIORITIES, PRIORITY_NAME } from '@/shared/priority';
import { SelectField } from '@/shared/ui/select-field';
import { useToast } from '@/shared/ui/toast';
import type { PanelProject, TaskFields } from './task-data';
import { TaskEstimate } from './task-estimate';
import { useTaskUpdate } from './use-task-update';

type TaskPropertiesProps = { task: TaskFields; project: PanelProject; mayEdit: boolean };

const NOBODY = '';
// Sorts above every position: the end of the column.
const LAST = '~';

/** Column, assignee, priority, due date and estimate, each saved as soon as it is chosen. */
export function TaskProperties({ task, project, mayEdit }: TaskPropertiesProps) {
  const update = useTaskUpdate(task);
  const move = useTaskMove();
  const placement = usePlacements().get(task.id);
  const toast = useToast();
  const save = (...change: Parameters<typeof update>) => {
    update(...change).catch((error: unknown) =>
      toast(`${task.key} is unchanged. ${messageOf(error)}`),
    );
  };
  const people = project.members.map(({ user }) => user);

  return (
    <section
      aria-label="Properties"
      className="grid grid-cols-2 gap-3 max-sm:[&>:first-child]:col-span-2 sm:grid-cols-6 sm:[&>:nth-child(-n+3)]:col-span-2 sm:[&>:nth-child(n+4)]:col-span-3"
    >
      <SelectField
        disabled={!mayEdit}
        label="Column"
        onChange={(columnId) => void move({ task, columnId, position: LAST })}
        options={project.columns.map(({ id, name }) => ({ value: id, name }))}
        value={placement?.columnId ?? task.column.id}
      />
      <SelectField
        disabled={!mayEdit}
        label="Assignee"
        onChange={(id) => {
          const assignee = people.find((person) => person.id === id);
          save(
            { assigneeId: assignee?.id ?? null },
            {
              assignee: assignee
                ? { __typename: 'User', id: assignee.id, name: assignee.name }
                : null,
            },
          );
        }}
        options={[
          { value: NOBODY, name: 'Unassigned' },
          ...withAssignee(people, task).map(({ id, name }) => ({ value: id, name })),
        ]}
        value={task.assignee?.id ?? NOBODY}
      />
      <SelectField<Priority>
        disabled={!mayEdit}
        label="Priority"
        onChange={(priority) => save({ priority }, { priority })}
        options={PRIORITIES.map((value) => ({ value, name: PRIORITY_NAME[value] }))}
        value={task.priority}
      />
      <label className="flex flex-col gap-1 font-medium text-muted text-xs">
        Due date
        <input
          className="field font-normal text-base"
          disabled={!mayEdit}
          onChange={(event) => {
            const dueDate = event.target.value || null;
            save({ dueDate }, { dueDate });
          }}
          type="date"
          value={task.dueDate ?? ''}
        />
      </label>
      <TaskEstimate
        estimate={task.estimate}
        key={task.estimate}
        mayEdit={mayEdit}
        onSave={(estimate) => save({ estimate }, { estimate })}
      />
    </section>
  );
}

/** The members, with the assignee even where they are no member any more. */
function withAssignee(people: readonly { id: string; name: string }[], { assignee }: TaskFields) {
  if (!assignee || people.some(({ id }) => id === assignee.id)) return people;
  return [...people, assignee];
}
