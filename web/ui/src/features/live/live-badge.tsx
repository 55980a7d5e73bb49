import { classNames } from '@/shared/class-names';
import type { FeedStatus } from './project-feed';

const LOOK: Record<FeedStatus, { text: string; hint: string; className: string }> = {
  connecting: {
    text: 'Connecting',
    hint: 'Opening the live connection.',
    className: 'bg-sunken text-muted',
  },
  'catching-up': {
    text: 'Catching up',
    hint: 'Fetching the changes made meanwhile.',
    className: 'bg-warn-soft text-warn',
  },
  live: {
    text: 'Live',
    hint: 'Everyone’s changes appear as they are made.',
    className: 'bg-good-soft text-good',
  },
  offline: {
    text: 'Offline',
    hint: 'Reconnecting. What you see may be out of date.',
    className: 'bg-danger-soft text-danger',
  },
  forbidden: {
    text: 'No access',
    hint: 'You can no longer see this project.',
    className: 'bg-danger-soft text-danger',
  },
};

/** How current the board is, in words and colour, read out when it changes. */
export function LiveBadge({ status }: { status: FeedStatus }) {
  const { text, hint, className } = LOOK[status];
  return (
    <span
      aria-live="polite"
      className={classNames(
        'inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 font-medium text-xs leading-6',
        className,
      )}
      data-live-status={status}
      role="status"
      title={hint}
    >
      <span
        aria-hidden="true"
        className={classNames(
          'size-1.5 rounded-full bg-current',
          status === 'catching-up' && 'animate-shimmer',
        )}
      />
      {text}
    </span>
  );
}
