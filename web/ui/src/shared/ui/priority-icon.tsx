import type { Priority } from '@/generated/graphql';
import { PRIORITY_NAME } from '@/shared/priority';

const BARS: Record<Priority, number> = { NONE: 0, LOW: 1, MEDIUM: 2, HIGH: 3, URGENT: 0 };

/** Signal bars for low to high, a filled mark for urgent, dots for none. */
export function PriorityIcon({ priority }: { priority: Priority }) {
  return (
    <svg
      aria-label={`Priority: ${PRIORITY_NAME[priority]}`}
      className={priority === 'URGENT' ? 'shrink-0 text-danger' : 'shrink-0 text-muted'}
      height="16"
      role="img"
      viewBox="0 0 16 16"
      width="16"
    >
      <title>{`Priority: ${PRIORITY_NAME[priority]}`}</title>
      {priority === 'URGENT' ? (
        <>
          <rect fill="currentColor" height="14" rx="3.5" width="14" x="1" y="1" />
          <path
            d="M8 4.4v4M8 11.2v.2"
            stroke="var(--surface)"
            strokeLinecap="round"
            strokeWidth="1.8"
          />
        </>
      ) : (
        [0, 1, 2].map((bar) => (
          <rect
            fill="currentColor"
            height={priority === 'NONE' ? 2 : 4 + bar * 3.5}
            key={bar}
            opacity={priority === 'NONE' ? 0.6 : bar < BARS[priority] ? 1 : 0.28}
            rx="1"
            width="3"
            x={1.5 + bar * 5}
            y={priority === 'NONE' ? 7 : 10 - bar * 3.5}
          />
        ))
      )}
    </svg>
  );
}
