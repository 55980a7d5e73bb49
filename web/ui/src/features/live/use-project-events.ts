import { useApolloClient } from '@apollo/client/react';
import { print } from 'graphql';
import { useEffect, useRef, useState } from 'react';
import { documentHash } from '@/shared/graphql/document-hash';
import { applyEvent } from './apply-event';
import { useLive } from './live-context';
import { ProjectEventsSubscription } from './project-events-subscription';
import { type FeedStatus, ProjectFeed } from './project-feed';

type Snapshot = { projectId: string; cursor: string };

/**
 * Keeps the cache current with a project's events, from the cursor of the
 * snapshot on the screen on, and says how live that is.
 *
 * @param snapshot null until the board has been read
 * @param readSnapshot reads the board anew; resolves with its cursor, or null without access
 */
export function useProjectEvents(
  snapshot: Snapshot | null,
  readSnapshot: () => Promise<string | null>,
): FeedStatus {
  const { cache } = useApolloClient();
  const { socket, refreshToken, onCursor } = useLive();
  const [status, setStatus] = useState<FeedStatus>('connecting');
  const latest = useRef({ cursor: snapshot?.cursor ?? '', readSnapshot });
  const projectId = snapshot?.projectId;

  // The feed outlives renders: it must start where the newest snapshot ends, once per project.
  useEffect(() => {
    latest.current = { cursor: snapshot?.cursor ?? '', readSnapshot };
  });

  useEffect(() => {
    if (projectId === undefined) return;
    setStatus('connecting');
    const feed = new ProjectFeed({
      socket,
      query: print(cache.transformDocument(ProjectEventsSubscription)),
      documentId: documentHash(ProjectEventsSubscription),
      projectId,
      cursor: latest.current.cursor,
      apply: (event) => {
        onCursor(event.cursor);
        return applyEvent(cache, event);
      },
      readSnapshot: () => latest.current.readSnapshot(),
      refreshToken,
      onStatus: setStatus,
    });
    feed.start();
    return () => feed.stop();
  }, [projectId, socket, refreshToken, onCursor, cache]);

  return status;
}
