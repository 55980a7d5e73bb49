import { type KeyboardEvent, useState } from 'react';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';

type QuickAddProps = {
  columnName: string;
  isOpen: boolean;
  onOpen: () => void;
  onClose: () => void;
  onAdd: (title: string) => Promise<void>;
};

/** Adds task after task to a column's end; Enter adds, Escape ends. */
export function QuickAdd({ columnName, isOpen, onOpen, onClose, onAdd }: QuickAddProps) {
  const [title, setTitle] = useState('');
  const [error, setError] = useState<string | null>(null);

  if (!isOpen) {
    return (
      <Button
        aria-label={`Add task to ${columnName}`}
        className="w-full justify-start"
        onClick={onOpen}
        variant="quiet"
      >
        <Icon name="plus" />
        Add task
      </Button>
    );
  }

  const add = () => {
    const wanted = title.trim();
    if (wanted === '') return;
    setTitle('');
    setError(null);
    onAdd(wanted).catch((reason: unknown) => {
      // Gives back what was typed, unless something new has been typed meanwhile.
      setTitle((current) => current || wanted);
      setError(messageOf(reason));
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') onClose();
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    add();
  };

  return (
    <div className="rounded-lg border border-line bg-surface p-2 shadow-card">
      <textarea
        aria-invalid={error ? true : undefined}
        aria-label={`New task in ${columnName}`}
        className="field resize-none"
        // biome-ignore lint/a11y/noAutofocus: opened by the person who is about to type.
        autoFocus
        maxLength={500}
        onChange={(event) => setTitle(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="What needs doing?"
        rows={2}
        value={title}
      />
      {error ? (
        <p className="mt-1 text-danger text-sm" role="alert">
          {error}
        </p>
      ) : null}
      <div className="mt-2 flex gap-2">
        <Button onClick={add} size="small" variant="primary">
          Add task
        </Button>
        <Button onClick={onClose} size="small" variant="quiet">
          Done
        </Button>
      </div>
    </div>
  );
}
