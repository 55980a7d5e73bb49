import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { LoadFailure } from '@/shared/ui/load-failure';
import { NoSuchWorkspace } from '@/shared/ui/no-such-workspace';
import { Notice } from '@/shared/ui/notice';
import { ProjectTile } from '@/shared/ui/project-tile';
import { Skeleton } from '@/shared/ui/skeleton';
import { useDocumentTitle } from '@/shared/ui/use-document-title';
import { ProjectCreateDialog } from './project-create-dialog';
import { useProjects } from './use-projects';

export function ProjectsPage() {
  const { slug = '' } = useParams();
  const { data, error, refetch, fetchMore } = useProjects(slug);
  const [isCreating, setIsCreating] = useState(false);
  const workspace = data?.workspace;
  useDocumentTitle(workspace?.name);

  if (!data) {
    return error ? (
      <LoadFailure error={error} refetch={refetch} title="The projects could not be loaded" />
    ) : (
      <ProjectsSkeleton />
    );
  }
  if (!workspace) {
    return <NoSuchWorkspace />;
  }

  const mayCreate = workspace.viewerRole === 'OWNER' || workspace.viewerRole === 'ADMIN';
  const newProject = mayCreate ? (
    <Button onClick={() => setIsCreating(true)} variant="primary">
      <Icon name="plus" />
      New project
    </Button>
  ) : null;
  const { nodes, pageInfo } = workspace.projects;

  return (
    <>
      <p className="text-muted text-sm">
        <Link className="hover:text-ink" to="/">
          Workspaces
        </Link>{' '}
        /
      </p>
      <div className="mb-6 flex items-center justify-between gap-4">
        <h1 className="font-semibold text-2xl tracking-tight">{workspace.name}</h1>
        <div className="flex items-center gap-4">
          <Link className="font-medium text-accent hover:underline" to={`/w/${slug}/members`}>
            People
          </Link>
          {nodes.length > 0 ? newProject : null}
        </div>
      </div>
      {nodes.length > 0 ? (
        <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {nodes.map((project) => (
            <li key={project.id}>
              <ProjectTile project={project} slug={slug} />
            </li>
          ))}
        </ul>
      ) : (
        <Notice action={newProject} title="No projects yet">
          A project is one live board with its own columns, labels and task numbers.
        </Notice>
      )}
      {pageInfo.hasNextPage ? (
        <Button
          className="mt-6"
          onClick={() => void fetchMore({ variables: { after: pageInfo.endCursor } })}
        >
          Load more
        </Button>
      ) : null}
      {isCreating ? (
        <ProjectCreateDialog onClose={() => setIsCreating(false)} workspace={workspace} />
      ) : null}
    </>
  );
}

function ProjectsSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading projects</span>
      <Skeleton className="h-9 w-56" />
      <div className="mt-6 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <Skeleton className="h-36 rounded-xl" />
        <Skeleton className="h-36 rounded-xl" />
        <Skeleton className="h-36 rounded-xl" />
      </div>
    </div>
  );
}
