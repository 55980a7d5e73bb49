import type { ColumnCategory } from '@/generated/graphql';

/** In the order a task goes through them. */
export const CATEGORIES: readonly ColumnCategory[] = [
  'BACKLOG',
  'UNSTARTED',
  'STARTED',
  'DONE',
  'CANCELED',
];

export const CATEGORY_NAME: Record<ColumnCategory, string> = {
  BACKLOG: 'Backlog',
  UNSTARTED: 'Not started',
  STARTED: 'In progress',
  DONE: 'Done',
  CANCELED: 'Canceled',
};

export const CATEGORY_COLOR: Record<ColumnCategory, string> = {
  BACKLOG: '#8a97a6',
  UNSTARTED: '#5b7fd6',
  STARTED: '#e0a021',
  DONE: '#2f9e6b',
  CANCELED: '#b0757a',
};
