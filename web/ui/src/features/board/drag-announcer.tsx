export const DRAG_INSTRUCTIONS_ID = 'drag-instructions';

/** What a screen reader is told about carrying cards: how to, once, and then where the card is. */
export function DragAnnouncer({ message }: { message: string }) {
  return (
    <>
      <p className="hidden" id={DRAG_INSTRUCTIONS_ID}>
        Press Enter to open, Space to pick up. While carrying, move with the arrow keys, put down
        with Space, cancel with Escape.
      </p>
      <p aria-atomic="true" aria-live="assertive" className="sr-only">
        {message}
      </p>
    </>
  );
}
