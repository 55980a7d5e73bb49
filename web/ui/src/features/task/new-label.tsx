import { useState } from 'react';
import type { LabelSnapshotFragment } from '@/generated/graphql';
import { Button } from '@/shared/ui/button';
import { useSubmit } from '@/shared/ui/use-submit';
import { useLabelCreate } from './use-label-create';

const COLORS = [
  ['#d9534a', 'Red'],
  ['#e08a2e', 'Orange'],
  ['#c9a91f', 'Yellow'],
  ['#3f9d63', 'Green'],
  ['#1e9aa8', 'Teal'],
  ['#4a7fd6', 'Blue'],
  ['#8a63d2', 'Violet'],
  ['#c75a9b', 'Pink'],
] as const;

type NewLabelProps = { projectId: string; onCreated: (label: LabelSnapshotFragment) => void };

/** Makes a label and puts it on the task. */
export function NewLabel({ projectId, onCreated }: NewLabelProps) {
  const create = useLabelCreate(projectId);
  const [name, setName] = useState('');
  const [color, setColor] = useState<string>(COLORS[4][0]);
  const form = useSubmit(async () => {
    const label = await create(name, color);
    setName('');
    if (label) onCreated(label);
  }, ['name']);

  return (
    <form
      className="mt-1 flex flex-col gap-2 border-line border-t p-2"
      noValidate
      onSubmit={form.onSubmit}
    >
      <input
        aria-label="New label"
        className="field"
        maxLength={120}
        onChange={(event) => setName(event.target.value)}
        placeholder="New label"
        value={name}
      />
      <fieldset className="flex justify-between">
        <legend className="sr-only">Colour</legend>
        {COLORS.map(([value, colorName]) => (
          <label className="relative size-5" key={value}>
            <input
              aria-label={colorName}
              checked={color === value}
              className="peer absolute inset-0 cursor-pointer appearance-none rounded-full"
              name="color"
              onChange={() => setColor(value)}
              type="radio"
            />
            <span
              aria-hidden="true"
              className="pointer-events-none block size-5 rounded-full ring-offset-2 ring-offset-raised peer-checked:ring-2 peer-checked:ring-accent"
              style={{ background: value }}
            />
          </label>
        ))}
      </fieldset>
      {form.fieldError('name') || form.message ? (
        <p className="text-danger text-sm" role="alert">
          {form.fieldError('name') ?? form.message}
        </p>
      ) : null}
      <Button busy={form.isBusy} disabled={name.trim() === ''} size="small" type="submit">
        Create label
      </Button>
    </form>
  );
}
