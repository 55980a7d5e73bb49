import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useSessionState } from '@/features/auth/session-context';
import type { InvitationQuery } from '@/generated/graphql';
import { HomeLink } from '@/shared/ui/home-link';
import { LoadFailure } from '@/shared/ui/load-failure';
import { Notice } from '@/shared/ui/notice';
import { ThemeToggle } from '@/shared/ui/theme-toggle';
import { useDocumentTitle } from '@/shared/ui/use-document-title';
import { Wordmark } from '@/shared/ui/wordmark';
import { OpenInvitation } from './open-invitation';
import { useInvitation } from './use-invitation';

/** Where an invitation's link leads: what it is for, and joining, with or without an account. */
export function InvitePage() {
  const { token = '' } = useParams();
  const { status } = useSessionState();
  useDocumentTitle('Invitation');
  return (
    <div className="flex min-h-full flex-col">
      <header className="flex h-14 items-center justify-between px-4 sm:px-6">
        <Link aria-label="Taskwire, your workspaces" className="flex rounded-lg" to="/">
          <Wordmark />
        </Link>
        <ThemeToggle />
      </header>
      <main className="flex flex-1 items-center justify-center px-4 pb-14">
        {status === 'starting' ? <Loading /> : <Invitation key={status} token={token} />}
      </main>
    </div>
  );
}

function Invitation({ token }: { token: string }) {
  const { data, error, refetch } = useInvitation(token);
  if (data?.invitation) {
    return <Preview invitation={data.invitation} onStale={() => void refetch()} token={token} />;
  }
  if (data) {
    return (
      <Ended title="This invitation is good for nothing">
        It was taken back or replaced, or the link is not complete. Ask for a new one.
      </Ended>
    );
  }
  if (error) {
    return (
      <LoadFailure error={error} refetch={refetch} title="The invitation could not be loaded" />
    );
  }
  return <Loading />;
}

type PreviewProps = {
  token: string;
  invitation: NonNullable<InvitationQuery['invitation']>;
  onStale: () => void;
};

function Preview({ token, invitation, onStale }: PreviewProps) {
  const { workspaceName, workspaceSlug, inviterName } = invitation;
  if (invitation.isViewerMember) {
    return (
      <Ended
        action={
          <Link className="font-medium text-accent hover:underline" to={`/w/${workspaceSlug}`}>
            Open {workspaceName}
          </Link>
        }
        title={`You belong to ${workspaceName}`}
      >
        There is nothing left to accept.
      </Ended>
    );
  }
  switch (invitation.status) {
    case 'OPEN':
      return <OpenInvitation invitation={invitation} onStale={onStale} token={token} />;
    case 'ACCEPTED':
      return (
        <Ended title="This invitation has been used">
          It let one person into {workspaceName}. If that was you, log in with {invitation.email}.
        </Ended>
      );
    case 'EXPIRED':
      return (
        <Ended title="This invitation has expired">
          Ask {inviterName ?? `somebody of ${workspaceName}`} for a new one.
        </Ended>
      );
    default:
      return invitation.status satisfies never;
  }
}

type EndedProps = { title: string; children: ReactNode; action?: ReactNode };

function Ended({ title, children, action }: EndedProps) {
  return (
    <Notice action={action ?? <HomeLink />} title={title}>
      {children}
    </Notice>
  );
}

function Loading() {
  return (
    <p className="text-muted" role="status">
      Loading the invitation…
    </p>
  );
}
