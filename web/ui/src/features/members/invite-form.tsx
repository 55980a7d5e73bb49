import { useState } from 'react';
import type { Role } from '@/generated/graphql';
import { Button } from '@/shared/ui/button';
import { SelectField } from '@/shared/ui/select-field';
import { TextField } from '@/shared/ui/text-field';
import { useSubmit } from '@/shared/ui/use-submit';
import { InviteLink } from './invite-link';
import { ROLES, rolesToGive } from './roles';
import { useMemberInvite } from './use-member-invite';

type InviteFormProps = { workspaceId: string; viewerRole: Role };

/** Invites one person at a time and shows the link for them, once. */
export function InviteForm({ workspaceId, viewerRole }: InviteFormProps) {
  const invite = useMemberInvite(workspaceId);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('MEMBER');
  const [made, setMade] = useState<{ email: string; link: string } | null>(null);
  const form = useSubmit(async () => {
    setMade(null);
    const link = await invite({ email, role });
    setMade({ email, link });
    setEmail('');
  }, ['email']);

  return (
    <section
      aria-labelledby="invite-heading"
      className="mb-8 rounded-xl border border-line bg-surface p-4 sm:p-5"
    >
      <h2 className="font-semibold text-lg" id="invite-heading">
        Invite somebody
      </h2>
      <p className="mb-4 text-muted">They join with the link that you hand them.</p>
      <form
        className="grid items-start gap-3 sm:grid-cols-[1fr_11rem_auto]"
        noValidate
        onSubmit={form.onSubmit}
      >
        <TextField
          autoComplete="off"
          error={form.fieldError('email')}
          label="Email"
          onChange={(event) => setEmail(event.target.value)}
          required
          type="email"
          value={email}
        />
        <div className="[&_label]:text-ink [&_label]:text-sm">
          <SelectField
            label="Role"
            onChange={setRole}
            options={rolesToGive(viewerRole)}
            value={role}
          />
          <p className="mt-1 text-muted text-sm">
            {ROLES.find(({ value }) => value === role)?.hint}
          </p>
        </div>
        <Button busy={form.isBusy} className="sm:mt-6" type="submit" variant="primary">
          {form.isBusy ? 'Inviting…' : 'Make a link'}
        </Button>
      </form>
      {form.message ? (
        <p className="mt-3 rounded-lg bg-danger-soft px-3 py-2 text-danger" role="alert">
          {form.message}
        </p>
      ) : null}
      {made ? <InviteLink email={made.email} link={made.link} /> : null}
    </section>
  );
}
