import { ActivityEvent } from '@/features/live/project-events-subscription';
import { getFragmentData } from '@/generated';
import { relativeTime } from '@/shared/dates';
import { describeEvent } from './event-description';
import type { PanelTask } from './task-data';

/** What happened to the task, newest first. */
export function TaskActivity({ task }: { task: PanelTask }) {
  const events = task.events.nodes
    .map((node) => getFragmentData(ActivityEvent, node))
    .sort((a, b) => b.seq - a.seq);
  const names = {
    columns: new Map(task.project.columns.map(({ id, name }) => [id, name])),
    people: new Map(task.project.members.map(({ user }) => [user.id, user.name])),
  };
  if (events.length === 0) return null;

  return (
    <details className="group">
      <summary className="flex list-none items-center gap-2 rounded-lg font-semibold">
        <span aria-hidden="true" className="text-muted transition-transform group-open:rotate-90">
          ›
        </span>
        Activity
        <span className="font-normal text-muted text-sm">{events.length}</span>
      </summary>
      <ol aria-label="Activity" className="mt-3 flex flex-col gap-2 border-line border-l pl-4">
        {events.map((event) => (
          <li className="text-muted text-sm" key={event.id}>
            <span className="font-medium text-ink">{event.actor?.name ?? 'The importer'}</span>{' '}
            {describeEvent(event, names)}{' '}
            <time dateTime={event.occurredAt} title={new Date(event.occurredAt).toLocaleString()}>
              · {relativeTime(event.occurredAt)}
            </time>
          </li>
        ))}
      </ol>
    </details>
  );
}
