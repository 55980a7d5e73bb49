import { useState } from 'react';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import type { Role } from '@/generated/graphql';
import { messageOf } from '@/shared/graphql/problem';
import { Avatar } from '@/shared/ui/avatar';
import { Button } from '@/shared/ui/button';
import { ConfirmDialog } from '@/shared/ui/confirm-dialog';
import { SelectField } from '@/shared/ui/select-field';
import { useToast } from '@/shared/ui/toast';
import { mayManage, nameOfRole, rolesToGive } from './roles';
import { useMemberRemove } from './use-member-remove';
import { useMemberUpdate } from './use-member-update';

const MemberRowFragment = graphql(`
  fragment MemberRow on Membership {
    id
    role
    user {
      id
      name
      email
    }
  }
`);

type MemberRowProps = {
  member: FragmentType<typeof MemberRowFragment>;
  viewerId: string | undefined;
  viewerRole: Role;
  workspaceName: string;
  onRemoved: (isSelf: boolean) => void;
};

/** One member with what the viewer may change about them. */
export function MemberRow({ viewerId, viewerRole, workspaceName, ...props }: MemberRowProps) {
  const { id, role, user } = getFragmentData(MemberRowFragment, props.member);
  const update = useMemberUpdate();
  const remove = useMemberRemove();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const isSelf = user.id === viewerId;
  const mayChange = mayManage(viewerRole) && (role !== 'OWNER' || viewerRole === 'OWNER');

  const run = (change: () => Promise<void>) => {
    setIsBusy(true);
    change()
      .catch((error: unknown) => toast(messageOf(error)))
      .finally(() => setIsBusy(false));
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <Avatar label="" size={32} user={user} />
      <div className="min-w-0 flex-1 basis-44">
        <p className="truncate font-medium">
          {user.name}
          {isSelf ? <span className="font-normal text-muted"> (you)</span> : null}
        </p>
        <p className="truncate text-muted text-sm">{user.email ?? 'Cannot sign in'}</p>
      </div>
      <div className="ml-auto flex items-center gap-3">
        {mayChange ? (
          <SelectField
            disabled={isBusy}
            isLabelHidden
            label={`Role of ${user.name}`}
            onChange={(next) => run(() => update(id, next))}
            options={rolesToGive(viewerRole)}
            value={role}
          />
        ) : (
          <span className="text-muted">{nameOfRole(role)}</span>
        )}
        {mayChange || isSelf ? (
          <Button
            aria-label={isSelf ? undefined : `Remove ${user.name}`}
            className="w-20"
            disabled={isBusy}
            onClick={() => setIsAsking(true)}
            size="small"
            variant="quiet"
          >
            {isSelf ? 'Leave' : 'Remove'}
          </Button>
        ) : (
          <span className="w-20 max-sm:hidden" />
        )}
      </div>
      {isAsking ? (
        <ConfirmDialog
          action={isSelf ? 'Leave workspace' : 'Remove'}
          message={
            isSelf
              ? 'You will no longer see its boards. Somebody has to invite you to come back.'
              : `They will no longer see the boards of ${workspaceName}, from this moment on. What they wrote stays.`
          }
          onClose={() => setIsAsking(false)}
          onConfirm={() => run(async () => props.onRemoved(await remove(id).then(() => isSelf)))}
          title={isSelf ? `Leave ${workspaceName}?` : `Remove ${user.name}?`}
        />
      ) : null}
    </li>
  );
}
