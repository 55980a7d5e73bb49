import { useState } from 'react';
import { Button } from '@/shared/ui/button';
import { Dialog } from '@/shared/ui/dialog';
import { SelectField } from '@/shared/ui/select-field';
import { useSubmit } from '@/shared/ui/use-submit';
import type { BoardColumnData } from './board-data';
import { useColumnDelete } from './use-column-delete';

type ColumnDeleteDialogProps = {
  column: BoardColumnData;
  others: readonly BoardColumnData[];
  onClose: () => void;
};

/** Asks where a column's tasks should go before it is deleted. */
export function ColumnDeleteDialog({ column, others, onClose }: ColumnDeleteDialogProps) {
  const remove = useColumnDelete();
  const [targetId, setTargetId] = useState(others[0]?.id ?? '');
  const hasTasks = column.taskCount > 0;
  const form = useSubmit(async () => {
    await remove(column.id, targetId || null);
    onClose();
  }, []);

  return (
    <Dialog onClose={onClose} title={`Delete “${column.name}”?`}>
      <form className="flex flex-col gap-4" onSubmit={form.onSubmit}>
        {others.length > 0 ? (
          <SelectField
            label={hasTasks ? `Move its ${column.taskCount} tasks to` : 'Archived tasks go to'}
            onChange={setTargetId}
            options={others.map(({ id, name }) => ({ value: id, name }))}
            value={targetId}
          />
        ) : null}
        {form.message ? (
          <p className="rounded-lg bg-danger-soft px-3 py-2 text-danger" role="alert">
            {form.message}
          </p>
        ) : null}
        <div className="mt-2 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button busy={form.isBusy} type="submit" variant="danger">
            Delete column
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
