import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ThemeToggle } from './theme-toggle';
import { Wordmark } from './wordmark';

type Crumb = { name: string; to: string };
type TopBarProps = { crumbs?: Crumb[]; status?: ReactNode; end: ReactNode };

/** The bar at the top of every page: where one is, how live it is, who one is. */
export function TopBar({ crumbs = [], status, end }: TopBarProps) {
  return (
    <header className="flex h-14 shrink-0 items-center gap-3 border-line border-b bg-surface px-4 sm:px-6">
      <Link
        aria-label="Taskwire, your workspaces"
        className="flex shrink-0 items-center rounded-lg"
        to="/"
      >
        <Wordmark isCompact={crumbs.length > 0} />
      </Link>
      {crumbs.length > 0 ? (
        <nav aria-label="Breadcrumb" className="min-w-0">
          <ol className="flex min-w-0 items-center gap-2">
            {crumbs.map((crumb, index) => (
              <li
                className={
                  index < crumbs.length - 1
                    ? 'flex shrink-0 items-center gap-2 max-sm:hidden'
                    : 'flex min-w-0 items-center gap-2'
                }
                key={crumb.to}
              >
                <span aria-hidden="true" className="text-line-strong">
                  /
                </span>
                <Link
                  aria-current={index === crumbs.length - 1 ? 'page' : undefined}
                  className={
                    index === crumbs.length - 1
                      ? 'truncate font-semibold'
                      : 'text-muted hover:text-ink'
                  }
                  to={crumb.to}
                >
                  {crumb.name}
                </Link>
              </li>
            ))}
          </ol>
        </nav>
      ) : null}
      <div className="ml-auto flex items-center gap-1 sm:gap-2">
        {status}
        <ThemeToggle />
        {end}
      </div>
    </header>
  );
}
