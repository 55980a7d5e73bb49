/** `apply` it, leave out a `duplicate`, or fill a `gap` first. */
export type Verdict = 'apply' | 'duplicate' | 'gap';

/**
 * What to do with an event, from its place in the project's contiguous sequence.
 *
 * @param lastSeq the event applied last; null right after a snapshot, whose cursor is opaque:
 *   the server starts exactly after it, so the first event is the next one
 */
export function judge(lastSeq: number | null, seq: number): Verdict {
  if (lastSeq === null) return 'apply';
  if (seq <= lastSeq) return 'duplicate';
  return seq === lastSeq + 1 ? 'apply' : 'gap';
}
