import { Navigate, Outlet, useLocation } from 'react-router';
import { Button } from '@/shared/ui/button';
import { Notice } from '@/shared/ui/notice';
import { useSession, useSessionState } from './session-context';

/** Lets signed-in people through and sends the others to the login, to come back afterwards. */
export function RequireSession() {
  const session = useSession();
  const { status } = useSessionState();
  const { pathname } = useLocation();

  if (status === 'signed-in') return <Outlet />;
  if (status === 'starting') {
    return (
      <p className="sr-only" role="status">
        Loading
      </p>
    );
  }
  if (status === 'unreachable') {
    return (
      <Notice
        action={<Button onClick={() => void session.start()}>Try again</Button>}
        role="alert"
        title="The server cannot be reached"
      >
        Check your connection. Nothing is lost.
      </Notice>
    );
  }
  return <Navigate replace state={{ from: pathname }} to="/login" />;
}
