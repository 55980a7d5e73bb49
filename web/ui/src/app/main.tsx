import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { createBrowserSession } from '@/features/auth/browser-session';
import { createLiveSocket } from '@/features/live/live-socket';
import { RecentCursors } from '@/shared/graphql/recent-cursors';
import '@/styles.css';
import { createApolloClient } from './apollo';
import { Providers } from './providers';
import { createRouter } from './router';

const session = createBrowserSession();
const recent = new RecentCursors();
const client = createApolloClient(session, recent);
const live = {
  socket: createLiveSocket(session),
  refreshToken: () => session.refresh(),
  onCursor: (cursor: string) => recent.note(cursor),
};

// What one person has read must not be there for the next, who may have logged in in another tab.
let readerId: string | null = null;
session.subscribe(() => {
  const nextId = session.getState().user?.id ?? null;
  if (readerId !== null && nextId !== readerId) {
    live.socket.reconnect();
    const emptied = nextId === null ? client.clearStore() : client.resetStore();
    emptied.catch(() => {
      // Queries that are on the screen tell of their own failure.
    });
  }
  readerId = nextId;
});
void session.start();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Providers client={client} live={live} session={session}>
      <RouterProvider router={createRouter()} />
    </Providers>
  </StrictMode>,
);
