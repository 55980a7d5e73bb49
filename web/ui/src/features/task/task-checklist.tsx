import { type KeyboardEvent, useState } from 'react';
import { classNames } from '@/shared/class-names';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { useToast } from '@/shared/ui/toast';
import type { TaskFields } from './task-data';
import { useChecklistItemCreate } from './use-checklist-item-create';
import { useChecklistItemDelete } from './use-checklist-item-delete';
import { useChecklistItemUpdate } from './use-checklist-item-update';

type TaskChecklistProps = { task: TaskFields; mayEdit: boolean };

/** Small steps to tick off. */
export function TaskChecklist({ task, mayEdit }: TaskChecklistProps) {
  const create = useChecklistItemCreate(task.id);
  const update = useChecklistItemUpdate();
  const remove = useChecklistItemDelete();
  const toast = useToast();
  const [title, setTitle] = useState('');
  const { checklist } = task;
  const done = checklist.filter(({ isCompleted }) => isCompleted).length;
  const tell = (error: unknown) => toast(messageOf(error));

  const add = (event: KeyboardEvent<HTMLInputElement>) => {
    event.stopPropagation();
    const wanted = title.trim();
    if (event.key !== 'Enter' || wanted === '' || event.nativeEvent.isComposing) return;
    setTitle('');
    create(wanted).catch((error: unknown) => {
      setTitle((current) => current || wanted);
      tell(error);
    });
  };

  if (checklist.length === 0 && !mayEdit) return null;
  return (
    <section aria-label="Checklist">
      <div className="mb-2 flex items-center gap-3">
        <h3 className="font-semibold">Checklist</h3>
        {checklist.length > 0 ? (
          <>
            <span className="text-muted text-sm">
              {done} of {checklist.length}
            </span>
            <progress
              aria-label="Checklist progress"
              className="h-1.5 flex-1 appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
              max={checklist.length}
              value={done}
            />
          </>
        ) : null}
      </div>
      <ul>
        {checklist.map((item) => (
          <li className="group flex items-center gap-1 rounded-lg hover:bg-hover" key={item.id}>
            <label className="flex min-h-8 min-w-0 flex-1 cursor-pointer items-center gap-2 px-2">
              <input
                checked={item.isCompleted}
                className="size-4 shrink-0 accent-accent"
                disabled={!mayEdit}
                onChange={() => update(item, !item.isCompleted).catch(tell)}
                type="checkbox"
              />
              <span
                className={classNames(
                  '[overflow-wrap:anywhere]',
                  item.isCompleted && 'text-muted line-through',
                )}
              >
                {item.title}
              </span>
            </label>
            {mayEdit ? (
              <Button
                aria-label={`Remove ${item.title}`}
                className="opacity-0 focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
                onClick={() => remove(item.id).catch(tell)}
                size="icon"
                variant="quiet"
              >
                <Icon name="close" size={14} />
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {mayEdit ? (
        <input
          aria-label="Add checklist item"
          className="field mt-1"
          maxLength={500}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={add}
          placeholder="Add an item and press Enter"
          value={title}
        />
      ) : null}
    </section>
  );
}
