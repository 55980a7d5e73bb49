import { useRef, useState } from 'react';
import { Outlet, useNavigate, useParams } from 'react-router';
import { UserMenu } from '@/features/auth/user-menu';
import { LiveBadge } from '@/features/live/live-badge';
import { useProjectEvents } from '@/features/live/use-project-events';
import { PeopleHere } from '@/features/presence/people-here';
import { PresenceProvider } from '@/features/presence/presence-context';
import { Button } from '@/shared/ui/button';
import { Icon } from '@/shared/ui/icon';
import { LoadFailure } from '@/shared/ui/load-failure';
import { Notice } from '@/shared/ui/notice';
import { TopBar } from '@/shared/ui/top-bar';
import { useDocumentTitle } from '@/shared/ui/use-document-title';
import { Board } from './board';
import { BoardSkeleton } from './board-skeleton';
import { FilterBar } from './filter-bar';
import { PendingMovesProvider } from './pending-moves-context';
import { ShortcutsDialog } from './shortcuts-dialog';
import { useBoard } from './use-board';
import { useBoardFilter } from './use-board-filter';
import { useShortcuts } from './use-shortcuts';

/** One project's live board, with the open task beside it. */
export function BoardPage() {
  const { slug = '', key = '' } = useParams();
  const navigate = useNavigate();
  const { project, error, reread } = useBoard(slug, key);
  const status = useProjectEvents(
    project ? { projectId: project.id, cursor: project.cursor } : null,
    reread,
  );
  const { filter, change, clear } = useBoardFilter();
  const [addingTo, setAddingTo] = useState<string | null>(null);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const searchRef = useRef<HTMLInputElement>(null);
  useDocumentTitle(project?.name);
  useShortcuts({
    c: () => setAddingTo(project?.columns[0]?.id ?? null),
    '/': () => searchRef.current?.focus(),
    '?': () => setIsHelpOpen(true),
  });

  const isGone = project === null || status === 'forbidden';
  const address = `/w/${slug}`;
  return (
    <PresenceProvider projectId={isGone ? undefined : project?.id}>
      <PendingMovesProvider>
        <div className="flex h-dvh flex-col">
          <TopBar
            crumbs={[
              { name: project?.workspace.name ?? slug, to: address },
              { name: project?.name ?? key, to: `${address}/p/${key}` },
            ]}
            end={
              <>
                <Button
                  aria-label="Keyboard shortcuts"
                  className="max-sm:hidden"
                  onClick={() => setIsHelpOpen(true)}
                  size="icon"
                  variant="quiet"
                >
                  <Icon name="keyboard" size={18} />
                </Button>
                <UserMenu />
              </>
            }
            status={
              project && !isGone ? (
                <>
                  <PeopleHere />
                  <LiveBadge status={status} />
                </>
              ) : null
            }
          />
          <div className="relative flex min-h-0 flex-1">
            <main className="flex min-w-0 flex-1 flex-col">
              {isGone ? (
                <Notice
                  action={<Button onClick={() => void navigate('/')}>Go to your workspaces</Button>}
                  role="alert"
                  title="You cannot see this project"
                >
                  It does not exist, or you are no longer a member of its workspace.
                </Notice>
              ) : project ? (
                <>
                  <FilterBar
                    filter={filter}
                    onChange={change}
                    onClear={clear}
                    project={project}
                    searchRef={searchRef}
                  />
                  <Board
                    addingTo={addingTo}
                    filter={filter}
                    onAddingChange={setAddingTo}
                    project={project}
                  />
                </>
              ) : error ? (
                <LoadFailure error={error} refetch={reread} title="The board could not be loaded" />
              ) : (
                <BoardSkeleton />
              )}
            </main>
            {isGone ? null : <Outlet />}
          </div>
        </div>
        {isHelpOpen ? <ShortcutsDialog onClose={() => setIsHelpOpen(false)} /> : null}
      </PendingMovesProvider>
    </PresenceProvider>
  );
}
