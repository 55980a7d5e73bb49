import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { ThemeToggle } from '@/shared/ui/theme-toggle';
import { Wordmark } from '@/shared/ui/wordmark';
import { AuthPicture } from './auth-picture';
import { useSessionState } from './session-context';

/** Where to go after the login: the page that asked for it, or the start page. */
export function destinationFrom(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === 'string' && from.startsWith('/') ? from : '/';
}

/** The address to begin with, where the page that asked for the login knows it. */
export function emailFrom(state: unknown): string {
  const email = (state as { email?: unknown } | null)?.email;
  return typeof email === 'string' ? email : '';
}

/** The frame of the login and sign-up pages; signed-in people pass straight through. */
export function AuthLayout({ title, children }: { title: string; children: ReactNode }) {
  const location = useLocation();
  const { status } = useSessionState();
  if (status === 'signed-in') return <Navigate replace to={destinationFrom(location.state)} />;

  return (
    <div className="grid min-h-full lg:grid-cols-2">
      <div className="flex flex-col">
        <header className="flex h-14 items-center justify-between px-4 sm:px-6">
          <Wordmark />
          <ThemeToggle />
        </header>
        <main className="flex flex-1 items-center justify-center px-4 pb-14">
          <div className="w-full max-w-sm">
            <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
            {children}
          </div>
        </main>
      </div>
      <div className="flex items-center justify-center border-line border-l bg-surface p-12 max-lg:hidden">
        <AuthPicture />
      </div>
    </div>
  );
}
