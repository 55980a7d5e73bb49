import { classNames } from '@/shared/class-names';
import { dueState, shortDate } from '@/shared/dates';
import { Icon } from './icon';

const LOOK = {
  overdue: 'rounded bg-danger-soft px-1 text-danger',
  today: 'rounded bg-warn-soft px-1 text-warn',
  soon: '',
  later: '',
} as const;

/** When a task is due, tinted when that is today or past; a closed task is never overdue. */
export function DueDate({ date, isClosed }: { date: string; isClosed: boolean }) {
  const state = isClosed ? 'later' : dueState(date);
  return (
    <span className={classNames('inline-flex items-center gap-1 whitespace-nowrap', LOOK[state])}>
      <Icon name="calendar" size={14} />
      <span className="sr-only">{state === 'overdue' ? 'Overdue since ' : 'Due '}</span>
      <time dateTime={date}>{shortDate(date)}</time>
    </span>
  );
}
