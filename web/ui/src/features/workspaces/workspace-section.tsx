import { Link } from 'react-router';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import { ProjectTile } from '@/shared/ui/project-tile';

const WorkspaceSectionFragment = graphql(`
  fragment WorkspaceSection on Workspace {
    id
    slug
    name
    viewerRole
    projects(first: 6) {
      totalCount
      nodes {
        id
        ...ProjectTile
      }
    }
  }
`);

type WorkspaceSectionProps = { workspace: FragmentType<typeof WorkspaceSectionFragment> };

/** One workspace with its first projects. */
export function WorkspaceSection(props: WorkspaceSectionProps) {
  const workspace = getFragmentData(WorkspaceSectionFragment, props.workspace);
  const { nodes, totalCount } = workspace.projects;
  const address = `/w/${workspace.slug}`;
  return (
    <section aria-label={workspace.name}>
      <div className="mb-3 flex items-baseline gap-3">
        <h2 className="font-semibold text-lg">
          <Link className="rounded hover:text-accent" to={address}>
            {workspace.name}
          </Link>
        </h2>
        <span className="text-muted text-sm">{workspace.viewerRole.toLowerCase()}</span>
        <Link className="ml-auto font-medium text-accent text-sm hover:underline" to={address}>
          {totalCount > nodes.length ? `All ${totalCount} projects` : 'Open workspace'}
        </Link>
      </div>
      {nodes.length > 0 ? (
        <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {nodes.map((project) => (
            <li key={project.id}>
              <ProjectTile project={project} slug={workspace.slug} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="rounded-xl border border-line border-dashed p-6 text-center text-muted">
          No projects yet.{' '}
          <Link className="font-medium text-accent hover:underline" to={address}>
            Create the first one
          </Link>
        </p>
      )}
    </section>
  );
}
