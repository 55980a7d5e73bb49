import { useApolloClient } from '@apollo/client/react';
import type { ReactNode } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useSessionState } from '@/features/auth/session-context';
import { LoadFailure } from '@/shared/ui/load-failure';
import { NoSuchWorkspace } from '@/shared/ui/no-such-workspace';
import { Skeleton } from '@/shared/ui/skeleton';
import { useDocumentTitle } from '@/shared/ui/use-document-title';
import { InvitationRow } from './invitation-row';
import { InviteForm } from './invite-form';
import { MemberRow } from './member-row';
import { mayManage } from './roles';
import { useMembers } from './use-members';

/** Who belongs to a workspace, and inviting more. */
export function MembersPage() {
  const { slug = '' } = useParams();
  const { data, error, refetch } = useMembers(slug);
  const client = useApolloClient();
  const navigate = useNavigate();
  const { user } = useSessionState();
  const workspace = data?.workspace;
  useDocumentTitle(workspace ? `People of ${workspace.name}` : undefined);

  if (!data) {
    return error ? (
      <LoadFailure error={error} refetch={refetch} title="The members could not be loaded" />
    ) : (
      <MembersSkeleton />
    );
  }
  if (!workspace) {
    return <NoSuchWorkspace />;
  }
  const afterRemoval = (isSelf: boolean) => {
    if (isSelf) {
      // What was read as a member must not stay.
      void navigate('/');
      client.resetStore().catch(() => {
        // Queries that are on the screen tell of their own failure.
      });
    } else {
      void refetch();
    }
  };
  const { viewerRole, members, invitations } = workspace;
  return (
    <div className="mx-auto max-w-3xl">
      <p className="text-muted text-sm">
        <Link className="hover:text-ink" to={`/w/${slug}`}>
          {workspace.name}
        </Link>{' '}
        /
      </p>
      <h1 className="mb-6 font-semibold text-2xl tracking-tight">People</h1>
      {mayManage(viewerRole) ? (
        <InviteForm viewerRole={viewerRole} workspaceId={workspace.id} />
      ) : null}
      <People title={`Members (${members.length})`}>
        {members.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            onRemoved={afterRemoval}
            viewerId={user?.id}
            viewerRole={viewerRole}
            workspaceName={workspace.name}
          />
        ))}
      </People>
      {invitations.length > 0 ? (
        <People title={`Invited (${invitations.length})`}>
          {invitations.map((invitation) => (
            <InvitationRow invitation={invitation} key={invitation.id} viewerRole={viewerRole} />
          ))}
        </People>
      ) : null}
    </div>
  );
}

function People({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="mb-8">
      <h2 className="mb-2 font-semibold text-muted text-sm">{title}</h2>
      <ul className="divide-y divide-line rounded-xl border border-line bg-surface">{children}</ul>
    </section>
  );
}

function MembersSkeleton() {
  return (
    <div className="mx-auto max-w-3xl" role="status">
      <span className="sr-only">Loading the members</span>
      <Skeleton className="h-9 w-40" />
      <Skeleton className="mt-6 h-40 rounded-xl" />
      <Skeleton className="mt-6 h-56 rounded-xl" />
    </div>
  );
}
