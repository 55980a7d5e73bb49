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
    <span className="flex min-w-0 items-center">
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
        <span aria-hidden="true" className="flex gap-1.5">
          {watchers.slice(0, FACES_MAX).map((watcher) => (
            <span
              className="flex rounded-full outline-2 outline-offset-1"
              key={watcher.id}
              style={{ outlineColor: colorOf(watcher) }}
            >
              <Avatar label="" size={16} user={watcher} />
            </span>
          ))}
        </span>
      )}
    </span>
  );
}
