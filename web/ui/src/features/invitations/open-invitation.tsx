import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useSession, useSessionState } from '@/features/auth/session-context';
import type { InvitationQuery, Role } from '@/generated/graphql';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { useToast } from '@/shared/ui/toast';
import { useInviteAccept } from './use-invite-accept';

const WHAT_YOU_MAY: Record<Role, string> = {
  OWNER: 'You will own it together with the others.',
  ADMIN: 'You will manage its people, projects and columns.',
  MEMBER: 'You will work on its tasks with the others.',
  VIEWER: 'You will see its boards, live.',
};

const WIDE_LINK =
  'inline-flex min-h-9 items-center justify-center rounded-lg px-3 font-medium transition-colors';

type OpenInvitationProps = {
  token: string;
  invitation: NonNullable<InvitationQuery['invitation']>;
  onStale: () => void;
};

/** An invitation that can be accepted, and how the person in front of the screen can do so. */
export function OpenInvitation({ token, invitation, onStale }: OpenInvitationProps) {
  const { user } = useSessionState();
  const { workspaceName, inviterName, email } = invitation;
  return (
    <div className="w-full max-w-sm">
      <h1 className="font-semibold text-2xl tracking-tight">Join {workspaceName}</h1>
      <p className="mt-2 text-muted">
        {inviterName ?? 'Somebody'} invites you. {WHAT_YOU_MAY[invitation.role]}
      </p>
      {user === null ? (
        <Entrances email={email} token={token} />
      ) : user.email === email ? (
        <Accept onStale={onStale} slug={invitation.workspaceSlug} token={token} />
      ) : (
        <OtherAccount email={email} signedInAs={user.email} />
      )}
    </div>
  );
}

function Entrances({ email, token }: { email: string; token: string }) {
  const state = { from: `/invite/${token}`, email };
  return (
    <>
      <p className="mt-2 text-muted">
        The invitation is for <strong className="font-medium text-ink">{email}</strong>.
      </p>
      <div className="mt-6 flex flex-col gap-2">
        <Link
          className={`${WIDE_LINK} bg-accent text-on-accent hover:bg-accent-strong`}
          state={state}
          to="/signup"
        >
          Create an account
        </Link>
        <Link
          className={`${WIDE_LINK} border border-line-strong bg-surface hover:bg-hover`}
          state={state}
          to="/login"
        >
          I have one: log in
        </Link>
      </div>
    </>
  );
}

type AcceptProps = { token: string; slug: string; onStale: () => void };

function Accept({ token, slug, onStale }: AcceptProps) {
  const accept = useInviteAccept();
  const navigate = useNavigate();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const join = () => {
    setIsBusy(true);
    setError(null);
    accept(token)
      .then(() => navigate(`/w/${slug}`))
      .catch((reason: unknown) => {
        setError(reason);
        // It may have ended meanwhile; then the page says so.
        onStale();
      })
      .finally(() => setIsBusy(false));
  };
  return (
    <>
      {error ? (
        <p className="mt-4 rounded-lg bg-danger-soft px-3 py-2 text-danger" role="alert">
          {messageOf(error)}
        </p>
      ) : null}
      <Button busy={isBusy} className="mt-6 w-full" onClick={join} variant="primary">
        {isBusy ? 'Joining…' : 'Join'}
      </Button>
    </>
  );
}

function OtherAccount({ email, signedInAs }: { email: string; signedInAs: string }) {
  const session = useSession();
  const toast = useToast();
  const logOut = () => {
    session.logout().catch(() => toast('Logged out here, but the server could not be told.'));
  };
  return (
    <>
      <p className="mt-4 rounded-lg bg-warn-soft px-3 py-2 text-warn">
        The invitation is for {email}. You are signed in as {signedInAs}.
      </p>
      <Button className="mt-6 w-full" onClick={logOut}>
        Log out to use the other account
      </Button>
    </>
  );
}
