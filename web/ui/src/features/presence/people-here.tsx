import type { ReactNode } from 'react';
import { Avatar } from '@/shared/ui/avatar';
import { Popover } from '@/shared/ui/popover';
import { usePresent } from './presence-context';

const SHOWN_MAX = 4;

/** Who else is at the board: a few faces, and everybody's name on request. */
export function PeopleHere() {
  const { people, isComplete } = usePresent();
  if (people.length === 0 && isComplete) return null;
  const shown = people.length > SHOWN_MAX ? people.slice(0, SHOWN_MAX - 1) : people;
  const more = people.length - shown.length;
  const count = people.length === 1 ? '1 other person is' : `${people.length} others are`;
  const incomplete = isComplete ? '' : '. There may be more.';
  return (
    <Popover
      label={`${count} here${incomplete}`}
      trigger={
        <>
          {shown.map((person, index) => (
            <span
              className={`rounded-full ring-2 ring-surface ${index > 0 ? '-ml-1' : ''} ${index > 0 ? 'max-sm:hidden' : ''}`}
              key={person.id}
            >
              <Avatar label="" size={24} user={person} />
            </span>
          ))}
          {more > 0 ? <Count className="max-sm:hidden">+{more}</Count> : null}
          {people.length > 1 ? <Count className="sm:hidden">+{people.length - 1}</Count> : null}
          {isComplete ? null : <Count className="border-dashed">?</Count>}
        </>
      }
      triggerClassName="flex h-8 items-center rounded-full px-0.5"
    >
      {() => (
        <div className="w-56 p-2">
          <h2 className="mb-2 text-muted text-sm">Also here</h2>
          <ul className="flex max-h-72 flex-col gap-2 overflow-y-auto">
            {people.map((person) => (
              <li className="flex min-w-0 items-center gap-2" key={person.id}>
                <Avatar label="" size={24} user={person} />
                <span className="truncate">{person.name}</span>
              </li>
            ))}
          </ul>
          {isComplete ? null : (
            <p className="mt-2 border-line border-t pt-2 text-muted text-sm">
              There may be more: a part of the service does not answer for the moment.
            </p>
          )}
        </div>
      )}
    </Popover>
  );
}

function Count({ className, children }: { className: string; children: ReactNode }) {
  return (
    <span
      className={`-ml-1 inline-flex h-6 min-w-6 items-center justify-center rounded-full border border-line-strong bg-sunken px-1 font-medium text-2xs text-muted ${className}`}
    >
      {children}
    </span>
  );
}
