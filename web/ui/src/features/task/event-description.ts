import type { ActivityEventFragment } from '@/generated/graphql';
import { shortDate } from '@/shared/dates';
import { PRIORITIES, PRIORITY_NAME } from '@/shared/priority';

type Names = { columns: ReadonlyMap<string, string>; people: ReadonlyMap<string, string> };
type Change = ActivityEventFragment['changes'][number];

const SENTENCE: Partial<Record<ActivityEventFragment['kind'], string>> = {
  TASK_CREATED: 'created this task',
  TASK_ARCHIVED: 'archived this task',
  TASK_RESTORED: 'restored this task',
  CHECKLIST_ITEM_CREATED: 'added a checklist item',
  CHECKLIST_ITEM_DELETED: 'removed a checklist item',
  COMMENT_CREATED: 'commented',
  COMMENT_UPDATED: 'edited a comment',
  COMMENT_DELETED: 'deleted a comment',
  ATTACHMENT_CREATED: 'attached a file',
  ATTACHMENT_DELETED: 'removed an attachment',
};

/** What somebody did, to follow their name: `moved it from To do to Done`. */
export function describeEvent(event: ActivityEventFragment, names: Names): string {
  const sentence = SENTENCE[event.kind];
  if (sentence) return sentence;
  if (event.kind === 'TASK_MOVED') return describeMove(event.changes, names);
  if (event.kind === 'CHECKLIST_ITEM_UPDATED') return describeItem(event.changes);
  const told = event.changes
    .map((change) => describeChange(change, names))
    .filter((text): text is string => text !== null);
  return told.length > 0 ? told.join(', ') : 'updated this task';
}

function describeMove(changes: readonly Change[], { columns }: Names): string {
  const change = changes.find(({ field }) => field === 'columnId');
  if (!change) return 'moved it within the column';
  const from = columns.get(String(change.before)) ?? 'another column';
  const to = columns.get(String(change.after)) ?? 'another column';
  return `moved it from ${from} to ${to}`;
}

function describeItem(changes: readonly Change[]): string {
  const tick = changes.find(({ field }) => field === 'isCompleted');
  if (!tick) return 'edited a checklist item';
  return tick.after === true ? 'ticked off a checklist item' : 'reopened a checklist item';
}

function describeChange({ field, after }: Change, { people }: Names): string | null {
  switch (field) {
    case 'title':
      return `renamed it to “${String(after)}”`;
    case 'description':
      return 'edited the description';
    case 'priority': {
      const priority = PRIORITIES.find((known) => known === after);
      return priority ? `set the priority to ${PRIORITY_NAME[priority]}` : null;
    }
    case 'assigneeId':
      return after === null
        ? 'removed the assignee'
        : `assigned ${people.get(String(after)) ?? 'somebody'}`;
    case 'dueDate':
      return after === null
        ? 'removed the due date'
        : `set the due date to ${shortDate(String(after))}`;
    case 'estimate':
      return after === null ? 'removed the estimate' : `estimated it at ${String(after)}`;
    case 'labelIds':
      return 'changed the labels';
    case 'parentId':
      return 'changed the parent task';
    default:
      return null;
  }
}
