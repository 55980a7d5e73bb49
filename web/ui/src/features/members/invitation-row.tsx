import { useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import type { Role } from '@/generated/graphql';
import { shortDate, today } from '@/shared/dates';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { useToast } from '@/shared/ui/toast';
import { nameOfRole } from './roles';
import { useInviteRevoke } from './use-invite-revoke';

const InvitationRowFragment = graphql(`
  fragment InvitationRow on Invitation {
    id
    email
    role
    expiresAt
    inviter {
      id
      name
    }
  }
`);

type InvitationRowProps = {
  invitation: FragmentType<typeof InvitationRowFragment>;
  viewerRole: Role;
};

/** One invitation that nobody has accepted yet, and the way to take it back. */
export function InvitationRow({ viewerRole, ...props }: InvitationRowProps) {
  const invitation = getFragmentData(InvitationRowFragment, props.invitation);
  const revoke = useInviteRevoke();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const expiresAt = new Date(invitation.expiresAt);
  const until =
    expiresAt.getTime() > Date.now() ? `until ${shortDate(today(expiresAt))}` : 'expired';

  const takeBack = () => {
    setIsBusy(true);
    revoke(invitation.id)
      .catch((error: unknown) => toast(messageOf(error)))
      .finally(() => setIsBusy(false));
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <span className="inline-flex size-8 shrink-0 items-center justify-center rounded-full border border-line-strong border-dashed text-muted">
        <Icon name="plus" />
      </span>
      <div className="min-w-0 flex-1 basis-44">
        <p className="truncate font-medium">{invitation.email}</p>
        <p className="truncate text-muted text-sm">
          {invitation.inviter ? `Invited by ${invitation.inviter.name}, ` : 'Invited, '}
          {until}
        </p>
      </div>
      <div className="ml-auto flex items-center gap-3">
        <span className="text-muted">{nameOfRole(invitation.role)}</span>
        {invitation.role !== 'OWNER' || viewerRole === 'OWNER' ? (
          <Button
            aria-label={`Take back the invitation of ${invitation.email}`}
            busy={isBusy}
            className="w-20"
            onClick={takeBack}
            size="small"
            variant="quiet"
          >
            Take back
          </Button>
        ) : null}
      </div>
    </li>
  );
}
