import { type FragmentType, getFragmentData, graphql } from '@/generated';
import { CATEGORY_COLOR, CATEGORY_NAME } from '@/shared/category';
import { classNames } from '@/shared/class-names';

export const ColumnHeaderFragment = graphql(`
  fragment ColumnHeader on BoardColumn {
    id
    name
    category
    wipLimit
    version
    position
    archivedAt
  }
`);

type ColumnHeaderProps = {
  column: FragmentType<typeof ColumnHeaderFragment>;
  taskCount: number;
  shownCount: number | null;
};

/** A column's name, how many tasks it holds and how many it may hold. */
export function ColumnHeader({ taskCount, shownCount, ...props }: ColumnHeaderProps) {
  const column = getFragmentData(ColumnHeaderFragment, props.column);
  const isOver = column.wipLimit !== null && taskCount > column.wipLimit;
  // While a filter hides tasks, the limit beside their number would read as a third count.
  const limit = shownCount === null ? column.wipLimit : null;
  const count = shownCount === null ? `${taskCount}` : `${shownCount} of ${taskCount}`;
  return (
    <>
      <span
        aria-hidden="true"
        className="size-2.5 shrink-0 rounded-full"
        style={{ background: CATEGORY_COLOR[column.category] }}
        title={CATEGORY_NAME[column.category]}
      />
      <h2 className="truncate font-semibold" title={column.name}>
        {column.name}
      </h2>
      <span
        className={classNames(
          'mr-auto whitespace-nowrap rounded-full px-2 text-xs leading-5',
          isOver ? 'bg-danger-soft font-semibold text-danger' : 'text-muted',
        )}
        data-testid="column-count"
      >
        {limit === null ? count : `${count} / ${limit}`}
        <span className="sr-only">
          {limit === null
            ? ` ${taskCount === 1 ? 'task' : 'tasks'}`
            : isOver
              ? ' tasks, over the limit'
              : ' tasks allowed'}
        </span>
      </span>
    </>
  );
}
