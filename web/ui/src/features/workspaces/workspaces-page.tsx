import { useState } from 'react';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { LoadFailure } from '@/shared/ui/load-failure';
import { Notice } from '@/shared/ui/notice';
import { Skeleton } from '@/shared/ui/skeleton';
import { useDocumentTitle } from '@/shared/ui/use-document-title';
import { useWorkspaces } from './use-workspaces';
import { WorkspaceCreateDialog } from './workspace-create-dialog';
import { WorkspaceSection } from './workspace-section';

export function WorkspacesPage() {
  useDocumentTitle('Workspaces');
  const { data, error, refetch } = useWorkspaces();
  const [isCreating, setIsCreating] = useState(false);
  const newWorkspace = (
    <Button onClick={() => setIsCreating(true)} variant="primary">
      <Icon name="plus" />
      New workspace
    </Button>
  );

  return (
    <>
      <div className="mb-8 flex items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl tracking-tight">Workspaces</h1>
        {data && data.workspaces.length > 0 ? newWorkspace : null}
      </div>
      {data ? (
        data.workspaces.length > 0 ? (
          <div className="flex flex-col gap-10">
            {data.workspaces.map((workspace) => (
              <WorkspaceSection key={workspace.id} workspace={workspace} />
            ))}
          </div>
        ) : (
          <Notice action={newWorkspace} title="Start with a workspace">
            A workspace holds your team’s projects. Each project is a board.
          </Notice>
        )
      ) : error ? (
        <LoadFailure error={error} refetch={refetch} title="Your workspaces could not be loaded" />
      ) : (
        <WorkspacesSkeleton />
      )}
      {isCreating ? <WorkspaceCreateDialog onClose={() => setIsCreating(false)} /> : null}
    </>
  );
}

function WorkspacesSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading workspaces</span>
      <Skeleton className="h-6 w-40" />
      <div className="mt-4 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <Skeleton className="h-28 rounded-xl" />
        <Skeleton className="h-28 rounded-xl" />
        <Skeleton className="h-28 rounded-xl" />
      </div>
    </div>
  );
}
