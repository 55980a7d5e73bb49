import { Avatar, hueOf } from '@/shared/ui/avatar';
import type { Watcher } from './presence-store';

const FACES_MAX = 3;

/** The colour that stands for a person around what they look at. */
export function colorOf(person: { id: string }): string {
  return `oklch(0.62 0.13 ${hueOf(person.id)})`;
}

function sentence({ name, isDragging }: Watcher): string {
  return isDragging ? `${name} is moving it.` : `${name} is looking at it.`;
}

/** Who else is at a card, in their colours and in words. */
export function CardWatchers({ watchers }: { watchers: readonly Watcher[] }) {
  if (watchers.length === 0) return null;
  const dragging = watchers.find(({ isDragging }) => isDragging);
  const said = watchers.map(sentence).join(' ');
  return (
    <span className="inline-flex min-w-0 items-center gap-1" title={said}>
      <span className="sr-only">{said}</span>
      {dragging ? (
        <span
          aria-hidden="true"
          className="max-w-28 truncate rounded-full px-1.5 font-medium text-2xs text-white"
          style={{ background: `oklch(0.52 0.1 ${hueOf(dragging.id)})` }}
        >
          {dragging.name}
        </span>
      ) : (
        <span aria-hidden="true" className="inline-flex">
          {watchers.slice(0, FACES_MAX).map((watcher, index) => (
            <span
              className={index > 0 ? '-ml-1 rounded-full ring-2 ring-surface' : 'rounded-full'}
              key={watcher.id}
            >
              <Avatar label="" size={18} user={watcher} />
            </span>
          ))}
        </span>
      )}
    </span>
  );
}
