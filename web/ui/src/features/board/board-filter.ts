import { type FragmentType, getFragmentData, graphql } from '@/generated';
import type { Priority } from '@/generated/graphql';
import { PRIORITIES } from '@/shared/priority';

export const FilteredTask = graphql(`
  fragment FilteredTask on Task {
    id
    key
    title
    priority
    assignee {
      id
    }
    labels {
      id
    }
  }
`);

export type BoardFilter = {
  text: string;
  /** A user's id, or `nobody`. */
  assignee: string | null;
  label: string | null;
  priority: Priority | null;
};

export const NOBODY = 'nobody';

/** The filter an address asks for; unknown values count as not set. */
export function filterFrom(params: URLSearchParams): BoardFilter {
  const priority = PRIORITIES.find((known) => known === params.get('priority'));
  return {
    text: params.get('q') ?? '',
    assignee: params.get('assignee'),
    label: params.get('label'),
    priority: priority ?? null,
  };
}

export function isFiltering({ text, assignee, label, priority }: BoardFilter): boolean {
  return text.trim() !== '' || assignee !== null || label !== null || priority !== null;
}

/** True when the task has everything the filter asks for. */
export function matches(
  masked: FragmentType<typeof FilteredTask>,
  { text, assignee, label, priority }: BoardFilter,
): boolean {
  const task = getFragmentData(FilteredTask, masked);
  const wanted = text.trim().toLowerCase();
  return (
    (wanted === '' ||
      task.title.toLowerCase().includes(wanted) ||
      task.key.toLowerCase().includes(wanted)) &&
    (assignee === null || (task.assignee?.id ?? NOBODY) === assignee) &&
    (label === null || task.labels.some(({ id }) => id === label)) &&
    (priority === null || task.priority === priority)
  );
}
