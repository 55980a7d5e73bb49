import { useState } from 'react';
import type { ColumnCategory } from '@/generated/graphql';
import { CATEGORIES, CATEGORY_NAME } from '@/shared/category';
import { Dialog } from '@/shared/ui/dialog';
import { FormFooter } from '@/shared/ui/form-footer';
import { SelectField } from '@/shared/ui/select-field';
import { TextField } from '@/shared/ui/text-field';
import { useSubmit } from '@/shared/ui/use-submit';

export type ColumnValues = { name: string; category: ColumnCategory; wipLimit: number | null };

type ColumnFormProps = {
  title: string;
  action: string;
  initial: ColumnValues;
  onSave: (values: ColumnValues) => Promise<void>;
  onClose: () => void;
};

/** Name, meaning and limit of a column, for creating one and for changing one. */
export function ColumnForm({ title, action, initial, onSave, onClose }: ColumnFormProps) {
  const [name, setName] = useState(initial.name);
  const [category, setCategory] = useState(initial.category);
  const [limit, setLimit] = useState(initial.wipLimit === null ? '' : String(initial.wipLimit));
  const form = useSubmit(async () => {
    await onSave({ name, category, wipLimit: limit === '' ? null : Number(limit) });
    onClose();
  }, ['name', 'wipLimit']);

  return (
    <Dialog onClose={onClose} title={title}>
      <form className="flex flex-col gap-4" noValidate onSubmit={form.onSubmit}>
        <TextField
          autoFocus
          error={form.fieldError('name')}
          label="Name"
          onChange={(event) => setName(event.target.value)}
          value={name}
        />
        <SelectField
          label="Tasks here are"
          onChange={setCategory}
          options={CATEGORIES.map((value) => ({ value, name: CATEGORY_NAME[value] }))}
          value={category}
        />
        <TextField
          error={form.fieldError('wipLimit')}
          hint="The column is highlighted when it holds more."
          inputMode="numeric"
          label="Work-in-progress limit (optional)"
          min={1}
          onChange={(event) => setLimit(event.target.value)}
          type="number"
          value={limit}
        />
        <FormFooter
          action={action}
          isBusy={form.isBusy}
          message={form.message}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
