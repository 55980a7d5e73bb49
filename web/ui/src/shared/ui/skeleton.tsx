import { classNames } from '@/shared/class-names';

/** A grey shape where content will be. */
export function Skeleton({ className }: { className: string }) {
  return (
    <span
      aria-hidden="true"
      className={classNames('block animate-shimmer rounded-md bg-line', className)}
    />
  );
}
