import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';
import { PendingMoves } from './pending-moves';

const PendingMovesContext = createContext<PendingMoves | null>(null);

export function PendingMovesProvider({ children }: { children: ReactNode }) {
  const [moves] = useState(() => new PendingMoves());
  return <PendingMovesContext value={moves}>{children}</PendingMovesContext>;
}

/** The moves on their way of the surrounding board. */
export function usePendingMoves(): PendingMoves {
  const moves = useContext(PendingMovesContext);
  if (!moves) throw new Error('usePendingMoves needs a PendingMovesProvider');
  return moves;
}

/** Where the tasks with moves on their way are shown, kept current. */
export function usePlacements() {
  const moves = usePendingMoves();
  return useSyncExternalStore(moves.subscribe, moves.getPlacements);
}
