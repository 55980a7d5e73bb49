const DAY_MS = 86_400_000;

/** The local calendar date as YYYY-MM-DD. */
export function today(now: Date = new Date()): string {
  const month = String(now.getMonth() + 1).padStart(2, '0');
  return `${now.getFullYear()}-${month}-${String(now.getDate()).padStart(2, '0')}`;
}

export type DueState = 'overdue' | 'today' | 'soon' | 'later';

/** How near a due date is: `soon` means within three days. */
export function dueState(dueDate: string, now: Date = new Date()): DueState {
  const days = Math.round((Date.parse(dueDate) - Date.parse(today(now))) / DAY_MS);
  if (days < 0) return 'overdue';
  if (days === 0) return 'today';
  return days <= 3 ? 'soon' : 'later';
}

/** `12 Mar`, with the year when it is not this one. */
export function shortDate(date: string, now: Date = new Date()): string {
  const value = new Date(`${date.slice(0, 10)}T00:00:00`);
  return value.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(value.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  });
}

const STEPS: [limitSeconds: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [7 * 86_400, 'day', 86_400],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `just now`, `5 minutes ago`, …, a date from a week on. */
export function relativeTime(instant: string, now: Date = new Date()): string {
  const seconds = Math.round((now.getTime() - Date.parse(instant)) / 1000);
  if (seconds < 45) return 'just now';
  const step = STEPS.find(([limit]) => seconds < limit);
  return step
    ? relative.format(-Math.max(1, Math.round(seconds / step[2])), step[1])
    : shortDate(today(new Date(instant)), now);
}
