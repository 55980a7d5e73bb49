import { createContext, type ReactNode, useContext } from 'react';
import type { LiveSocket } from './live-socket';

type Live = {
  socket: LiveSocket;
  refreshToken: () => Promise<string | null>;
  /** Told of the position of every event that was applied. */
  onCursor: (cursor: string) => void;
};

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** The shared websocket and the way to a new token when it is refused. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive needs a LiveProvider');
  return live;
}
