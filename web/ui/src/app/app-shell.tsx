import { Outlet } from 'react-router';
import { UserMenu } from '@/features/auth/user-menu';
import { TopBar } from '@/shared/ui/top-bar';

/** The frame of the pages that list things. */
export function AppShell() {
  return (
    <div className="flex min-h-full flex-col">
      <TopBar end={<UserMenu />} />
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-8 sm:px-6">
        <Outlet />
      </main>
    </div>
  );
}
