import { createBrowserRouter } from 'react-router';
import { LoginPage } from '@/features/auth/login-page';
import { RequireSession } from '@/features/auth/require-session';
import { SignupPage } from '@/features/auth/signup-page';
import { InvitePage } from '@/features/invitations/invite-page';
import { MembersPage } from '@/features/members/members-page';
import { ProjectsPage } from '@/features/projects/projects-page';
import { WorkspacesPage } from '@/features/workspaces/workspaces-page';
import { AppShell } from './app-shell';
import { CrashPage, NotFoundPage } from './fallback-pages';

/** All addresses of the client. The board and the task panel load their code when first visited. */
export function createRouter() {
  return createBrowserRouter([
    {
      errorElement: <CrashPage />,
      hydrateFallbackElement: <p className="sr-only">Loading</p>,
      children: [
        { path: '/login', element: <LoginPage /> },
        { path: '/signup', element: <SignupPage /> },
        { path: '/invite/:token', element: <InvitePage /> },
        {
          element: <RequireSession />,
          children: [
            {
              element: <AppShell />,
              children: [
                { path: '/', element: <WorkspacesPage /> },
                { path: '/w/:slug', element: <ProjectsPage /> },
                { path: '/w/:slug/members', element: <MembersPage /> },
              ],
            },
            {
              path: '/w/:slug/p/:key',
              lazy: async () => ({
                Component: (await import('@/features/board/board-page')).BoardPage,
              }),
              children: [
                {
                  path: 't/:number',
                  lazy: async () => ({
                    Component: (await import('@/features/task/task-panel')).TaskPanel,
                  }),
                },
              ],
            },
          ],
        },
        { path: '*', element: <NotFoundPage /> },
      ],
    },
  ]);
}
