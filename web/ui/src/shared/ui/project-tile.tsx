import { Link } from 'react-router';
import { type FragmentType, getFragmentData, graphql } from '@/generated';
import { CATEGORY_COLOR } from '@/shared/category';

const ProjectTileFragment = graphql(`
  fragment ProjectTile on Project {
    id
    key
    name
    description
    columns {
      id
      category
      taskCount
    }
  }
`);

type ProjectTileProps = { project: FragmentType<typeof ProjectTileFragment>; slug: string };

/** A link to a project's board, with how its tasks are spread. */
export function ProjectTile({ slug, ...props }: ProjectTileProps) {
  const project = getFragmentData(ProjectTileFragment, props.project);
  const total = project.columns.reduce((sum, column) => sum + column.taskCount, 0);
  return (
    <Link
      className="group flex h-full flex-col rounded-xl border border-line bg-surface p-4 shadow-card transition-colors hover:border-line-strong hover:bg-hover"
      to={`/w/${slug}/p/${project.key}`}
    >
      <span className="flex items-baseline gap-2">
        <span className="truncate font-semibold group-hover:text-accent">{project.name}</span>
        <span className="ml-auto font-mono text-2xs text-muted">{project.key}</span>
      </span>
      <span className="mt-1 line-clamp-2 min-h-10 text-muted text-sm">
        {project.description || 'No description'}
      </span>
      <span
        aria-hidden="true"
        className="mt-3 flex h-1.5 gap-px overflow-hidden rounded-full bg-sunken"
      >
        {project.columns.map((column) => (
          <span
            key={column.id}
            style={{ flexGrow: column.taskCount, background: CATEGORY_COLOR[column.category] }}
          />
        ))}
      </span>
      <span className="mt-2 text-muted text-xs">{total === 1 ? '1 task' : `${total} tasks`}</span>
    </Link>
  );
}
