import { Skeleton } from '@/shared/ui/skeleton';

const CARDS = [
  ['h-24', 'h-20', 'h-28', 'h-20'],
  ['h-20', 'h-28', 'h-20'],
  ['h-28', 'h-20', 'h-24', 'h-20'],
  ['h-20', 'h-24'],
];

/** The shape of a board while it is being read. */
export function BoardSkeleton() {
  return (
    <div className="flex flex-1 gap-3 overflow-hidden px-4 pt-14 sm:px-6" role="status">
      <span className="sr-only">Loading the board</span>
      {CARDS.map((heights, column) => (
        <div
          className="flex h-fit w-72 shrink-0 flex-col gap-2 rounded-xl bg-sunken p-2"
          // biome-ignore lint/suspicious/noArrayIndexKey: the shapes never change.
          key={column}
        >
          <Skeleton className="mx-1 my-2 h-4 w-28" />
          {heights.map((height, card) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the shapes never change.
            <Skeleton className={`rounded-lg ${height}`} key={card} />
          ))}
        </div>
      ))}
    </div>
  );
}
