import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Dialog } from '@/shared/ui/dialog';
import { FormFooter } from '@/shared/ui/form-footer';
import { TextField } from '@/shared/ui/text-field';
import { useSubmit } from '@/shared/ui/use-submit';
import { useProjectCreate } from './use-project-create';

/** `Mobile app` → `MA`, `Hermes` → `HERM`: the key a name suggests. */
export function keyFrom(name: string): string {
  const words = name.toUpperCase().match(/[A-Z0-9]+/g) ?? [];
  const letters = words.length > 1 ? words.map((word) => word[0]).join('') : (words[0] ?? '');
  return letters.replace(/^[0-9]+/, '').slice(0, words.length > 1 ? 10 : 4);
}

type ProjectCreateDialogProps = {
  workspace: { id: string; slug: string };
  onClose: () => void;
};

export function ProjectCreateDialog({ workspace, onClose }: ProjectCreateDialogProps) {
  const navigate = useNavigate();
  const create = useProjectCreate(workspace.id);
  const [name, setName] = useState('');
  const [ownKey, setOwnKey] = useState<string | null>(null);
  const [description, setDescription] = useState('');
  const key = ownKey ?? keyFrom(name);
  const form = useSubmit(async () => {
    await navigate(`/w/${workspace.slug}/p/${await create({ name, key, description })}`);
  }, ['name', 'key', 'description']);

  return (
    <Dialog onClose={onClose} title="New project">
      <form className="flex flex-col gap-4" noValidate onSubmit={form.onSubmit}>
        <TextField
          autoFocus
          error={form.fieldError('name')}
          label="Name"
          onChange={(event) => setName(event.target.value)}
          value={name}
        />
        <TextField
          error={form.fieldError('key')}
          hint={`Begins every task’s number, like ${key || 'APP'}-12.`}
          label="Key"
          maxLength={10}
          onChange={(event) => setOwnKey(event.target.value.toUpperCase())}
          value={key}
        />
        <TextField
          error={form.fieldError('description')}
          label="Description (optional)"
          onChange={(event) => setDescription(event.target.value)}
          value={description}
        />
        <FormFooter
          action="Create project"
          isBusy={form.isBusy}
          message={form.message}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
