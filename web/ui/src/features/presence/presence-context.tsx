import { useApolloClient } from '@apollo/client/react';
import { print } from 'graphql';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';
import { useSessionState } from '@/features/auth/session-context';
import { useLive } from '@/features/live/live-context';
import { documentHash } from '@/shared/graphql/document-hash';
import { PresenceFeed } from './presence-feed';
import { PresenceSubscription, PresenceUpdate } from './presence-operations';
import { PresenceReporter } from './presence-reporter';
import { PresenceStore, type Present, type Watcher } from './presence-store';

type Presence = { store: PresenceStore; reporter: PresenceReporter | null };

const PresenceContext = createContext<Presence>({ store: new PresenceStore(), reporter: null });

type PresenceProviderProps = { projectId: string | undefined; children: ReactNode };

/** Is at the project while it is drawn: hears who else is, and lets views report what is done. */
export function PresenceProvider({ projectId, children }: PresenceProviderProps) {
  const client = useApolloClient();
  const { socket, refreshToken } = useLive();
  const { user } = useSessionState();
  const viewerId = user?.id;

  const presence = useMemo<Presence>(() => {
    const send = (report: { taskId: string | null; draggedTaskId: string | null }) =>
      client.mutate({
        mutation: PresenceUpdate,
        variables: { input: { projectId: projectId ?? '', ...report } },
        fetchPolicy: 'no-cache',
      });
    return {
      store: new PresenceStore(),
      reporter: projectId === undefined ? null : new PresenceReporter(send),
    };
  }, [client, projectId]);

  useEffect(() => {
    const { store, reporter } = presence;
    if (projectId === undefined || reporter === null) return;
    const feed = new PresenceFeed({
      socket,
      query: print(client.cache.transformDocument(PresenceSubscription)),
      documentId: documentHash(PresenceSubscription),
      projectId,
      refreshToken,
      onUpdate: (update) => store.replace(update, viewerId),
      onConnected: () => reporter.repeat(),
    });
    const onVisibility = () => reporter.hide(document.hidden);
    document.addEventListener('visibilitychange', onVisibility);
    onVisibility();
    feed.start();
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      reporter.stop();
      feed.stop();
    };
  }, [presence, projectId, socket, refreshToken, client, viewerId]);

  return <PresenceContext value={presence}>{children}</PresenceContext>;
}

/** Who else is at the project. */
export function usePresent(): Present {
  const { store } = useContext(PresenceContext);
  return useSyncExternalStore(store.subscribe, store.present);
}

/** Who else looks at the task or carries its card. */
export function useWatchers(taskId: string): readonly Watcher[] {
  const { store } = useContext(PresenceContext);
  return useSyncExternalStore(
    store.subscribe,
    useCallback(() => store.watchersOf(taskId), [store, taskId]),
  );
}

/** Tells the others which task is looked at, while the view is drawn. */
export function useReportLook(taskId: string | undefined): void {
  const { reporter } = useContext(PresenceContext);
  useEffect(() => {
    if (taskId === undefined) return;
    reporter?.look(taskId);
    return () => reporter?.look(null);
  }, [reporter, taskId]);
}

/** Tells the others which card is carried. */
export function useReportDrag(taskId: string | null): void {
  const { reporter } = useContext(PresenceContext);
  useEffect(() => {
    if (taskId === null) return;
    reporter?.drag(taskId);
    return () => reporter?.drag(null);
  }, [reporter, taskId]);
}
