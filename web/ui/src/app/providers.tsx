import type { ApolloClient } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import type { ComponentProps, ReactNode } from 'react';
import type { Session } from '@/features/auth/session';
import { SessionProvider } from '@/features/auth/session-context';
import { LiveProvider } from '@/features/live/live-context';
import { ToastProvider } from '@/shared/ui/toast';

type ProvidersProps = {
  client: ApolloClient;
  session: Session;
  live: ComponentProps<typeof LiveProvider>['live'];
  children: ReactNode;
};

/** Everything the pages reach through context. */
export function Providers({ client, session, live, children }: ProvidersProps) {
  return (
    <SessionProvider session={session}>
      <ApolloProvider client={client}>
        <LiveProvider live={live}>
          <ToastProvider>{children}</ToastProvider>
        </LiveProvider>
      </ApolloProvider>
    </SessionProvider>
  );
}
