import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Dialog } from '@/shared/ui/dialog';
import { FormFooter } from '@/shared/ui/form-footer';
import { TextField } from '@/shared/ui/text-field';
import { useSubmit } from '@/shared/ui/use-submit';
import { useWorkspaceCreate } from './use-workspace-create';

/** `Ops & Support` → `ops-support`: the address a name suggests. */
export function slugFrom(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48);
}

export function WorkspaceCreateDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const create = useWorkspaceCreate();
  const [name, setName] = useState('');
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const slug = ownSlug ?? slugFrom(name);
  const form = useSubmit(async () => {
    await navigate(`/w/${await create({ name, slug })}`);
  }, ['name', 'slug']);

  return (
    <Dialog onClose={onClose} title="New workspace">
      <form className="flex flex-col gap-4" noValidate onSubmit={form.onSubmit}>
        <TextField
          autoFocus
          error={form.fieldError('name')}
          label="Name"
          onChange={(event) => setName(event.target.value)}
          value={name}
        />
        <TextField
          error={form.fieldError('slug')}
          hint="Part of its address: lower case letters, digits and hyphens."
          label="Short name"
          onChange={(event) => setOwnSlug(event.target.value)}
          value={slug}
        />
        <FormFooter
          action="Create workspace"
          isBusy={form.isBusy}
          message={form.message}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
