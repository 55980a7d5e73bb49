import type { ApolloCache } from '@apollo/client/cache';
import { getFragmentData } from '@/generated';
import type { LiveEventFragment } from '@/generated/graphql';
import { startEmpty } from '@/shared/cache/columns';
import { addToList, forget } from '@/shared/cache/lists';
import {
  ColumnSnapshot,
  CommentSnapshot,
  LabelSnapshot,
  TaskSnapshot,
} from '@/shared/cache/snapshots';
import { countTask, dropTask, isTaskKnown, mergeTask, writePositions } from '@/shared/cache/tasks';
import { ActivityEvent } from './project-events-subscription';

/**
 * Brings the cache to the state after one event. Applying the same event again changes nothing,
 * so that the echo of one's own change neither flickers nor doubles.
 *
 * @returns false for a kind this client does not know: the board must be read anew
 */
export function applyEvent(cache: ApolloCache, event: LiveEventFragment): boolean {
  let isKnown = true;
  cache.batch({
    update: (current) => {
      isKnown = applyByKind(current, event);
      recordActivity(current, event);
    },
  });
  return isKnown;
}

function applyByKind(cache: ApolloCache, event: LiveEventFragment): boolean {
  switch (event.kind) {
    case 'TASK_CREATED':
    case 'TASK_MOVED':
    case 'TASK_ARCHIVED':
    case 'TASK_RESTORED':
      placeTask(cache, event);
      return true;
    case 'TASK_UPDATED':
    case 'CHECKLIST_ITEM_CREATED':
    case 'CHECKLIST_ITEM_UPDATED':
    case 'CHECKLIST_ITEM_DELETED':
    case 'ATTACHMENT_CREATED':
    case 'ATTACHMENT_DELETED':
      updateTask(cache, event);
      return true;
    case 'TASK_DELETED':
      if (event.taskId) dropTask(cache, event.taskId, columnBefore(event, null));
      return true;
    case 'COMMENT_CREATED':
    case 'COMMENT_UPDATED':
    case 'COMMENT_DELETED':
      updateTask(cache, event);
      applyComment(cache, event);
      return true;
    case 'COLUMN_CREATED':
    case 'COLUMN_UPDATED':
    case 'COLUMN_MOVED':
    case 'COLUMN_DELETED':
      applyColumn(cache, event);
      return true;
    case 'COLUMN_REBALANCED':
      writePositions(cache, rebalancedPositions(event));
      return true;
    case 'LABEL_CREATED':
    case 'LABEL_UPDATED':
    case 'LABEL_DELETED':
      applyLabel(cache, event);
      return true;
    case 'PROJECT_CREATED':
    case 'PROJECT_UPDATED':
    case 'PROJECT_ARCHIVED':
    case 'PROJECT_RESTORED':
      applyProject(cache, event);
      return true;
    case 'MEMBER_ADDED':
    case 'MEMBER_UPDATED':
    case 'MEMBER_REMOVED':
      // Rare, and the board says who may be assigned and what the viewer may do: read it again.
      return false;
    default:
      event.kind satisfies never;
      return false;
  }
}

/** The value of a changed field on one side of the event, if it is text. */
function changed(event: LiveEventFragment, field: string, side: 'before' | 'after'): string | null {
  const value = event.changes.find((change) => change.field === field)?.[side];
  return typeof value === 'string' ? value : null;
}

/** The column the task stood on before the event; null when it was on none. */
function columnBefore(event: LiveEventFragment, columnIdNow: string | null): string | null {
  if (event.kind === 'TASK_CREATED' || changed(event, 'archivedAt', 'before') !== null) return null;
  return changed(event, 'columnId', 'before') ?? columnIdNow;
}

function placeTask(cache: ApolloCache, event: LiveEventFragment): void {
  const task = getFragmentData(TaskSnapshot, event.task);
  if (task) {
    mergeTask(cache, task, columnBefore(event, task.column.id));
    return;
  }
  // Deleted since. Its own event follows and takes away what is counted here.
  const columnId = changed(event, 'columnId', 'after');
  if (event.kind === 'TASK_CREATED' && columnId) countTask(cache, columnId, 1);
}

function updateTask(cache: ApolloCache, event: LiveEventFragment): void {
  const task = getFragmentData(TaskSnapshot, event.task);
  // A task that was never read stands on a page not loaded yet, and comes with that page.
  if (task && isTaskKnown(cache, task.id)) mergeTask(cache, task, null);
}

function applyComment(cache: ApolloCache, event: LiveEventFragment): void {
  if (event.kind === 'COMMENT_DELETED') {
    if (event.subjectId) forget(cache, { __typename: 'Comment', id: event.subjectId });
    return;
  }
  const comment = getFragmentData(CommentSnapshot, event.comment);
  if (!comment || !event.taskId) return;
  cache.writeFragment({ fragment: CommentSnapshot, data: comment });
  if (event.kind === 'COMMENT_CREATED') {
    const task = { __typename: 'Task', id: event.taskId } as const;
    addToList(cache, task, 'comments', { __typename: 'Comment', id: comment.id });
  }
}

function applyColumn(cache: ApolloCache, event: LiveEventFragment): void {
  if (event.kind === 'COLUMN_DELETED') {
    if (event.subjectId) forget(cache, { __typename: 'BoardColumn', id: event.subjectId });
    return;
  }
  const column = getFragmentData(ColumnSnapshot, event.column);
  if (!column) return;
  cache.writeFragment({ fragment: ColumnSnapshot, data: column });
  if (event.kind !== 'COLUMN_CREATED') return;
  startEmpty(cache, column.id);
  const project = { __typename: 'Project', id: event.project.id } as const;
  addToList(cache, project, 'columns', { __typename: 'BoardColumn', id: column.id });
}

function applyLabel(cache: ApolloCache, event: LiveEventFragment): void {
  if (event.kind === 'LABEL_DELETED') {
    if (event.subjectId) forget(cache, { __typename: 'Label', id: event.subjectId });
    return;
  }
  const label = getFragmentData(LabelSnapshot, event.label);
  if (!label) return;
  cache.writeFragment({ fragment: LabelSnapshot, data: label });
  const project = { __typename: 'Project', id: event.project.id } as const;
  addToList(cache, project, 'labels', { __typename: 'Label', id: label.id });
}

function applyProject(cache: ApolloCache, { project }: LiveEventFragment): void {
  const id = cache.identify(project);
  if (!id) return;
  cache.modify<typeof project>({
    id,
    fields: {
      name: () => project.name,
      description: () => project.description,
      version: () => project.version,
      archivedAt: () => project.archivedAt,
    },
  });
}

function rebalancedPositions(event: LiveEventFragment): Record<string, string> {
  const after = event.changes.find(({ field }) => field === 'positions')?.after;
  if (typeof after !== 'object' || after === null) return {};
  return Object.fromEntries(
    Object.entries(after).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** Appends the event to its task's activity, where that has been read. */
function recordActivity(cache: ApolloCache, event: LiveEventFragment): void {
  if (!event.taskId || event.kind === 'TASK_DELETED') return;
  const activity = getFragmentData(ActivityEvent, event);
  cache.writeFragment({ fragment: ActivityEvent, data: activity });
  const task = { __typename: 'Task', id: event.taskId } as const;
  addToList(cache, task, 'events', { __typename: 'ProjectEvent', id: event.id });
}
