import { useState } from 'react';
import { Icon } from '@/shared/ui/icon';
import { ColumnForm } from './column-form';
import { useColumnCreate } from './use-column-create';

/** The place right of the last column where the next one begins. */
export function NewColumn({ projectId }: { projectId: string }) {
  const create = useColumnCreate(projectId);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        className="flex h-11 w-44 shrink-0 items-center gap-2 rounded-xl border border-line-strong border-dashed px-3 text-muted hover:bg-hover hover:text-ink"
        onClick={() => setIsOpen(true)}
        type="button"
      >
        <Icon name="plus" />
        Add column
      </button>
      {isOpen ? (
        <ColumnForm
          action="Add column"
          initial={{ name: '', category: 'UNSTARTED', wipLimit: null }}
          onClose={() => setIsOpen(false)}
          onSave={create}
          title="New column"
        />
      ) : null}
    </>
  );
}
