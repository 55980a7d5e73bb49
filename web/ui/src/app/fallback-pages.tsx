import { useRouteError } from 'react-router';
import { Button } from '@/shared/ui/button';
import { HomeLink } from '@/shared/ui/home-link';
import { Notice } from '@/shared/ui/notice';

export function NotFoundPage() {
  return (
    <main className="flex min-h-full flex-col justify-center">
      <Notice action={<HomeLink />} title="There is nothing here">
        The address may be mistyped, or the page was removed.
      </Notice>
    </main>
  );
}

/** Shown when a page failed to load or to draw; after a deployment, reloading fetches the new code. */
export function CrashPage() {
  const error = useRouteError();
  return (
    <main className="flex min-h-full flex-col justify-center">
      <Notice
        action={<Button onClick={() => window.location.reload()}>Reload</Button>}
        role="alert"
        title="This page stopped working"
      >
        {error instanceof Error ? error.message : 'An unexpected error occurred.'}
      </Notice>
    </main>
  );
}
