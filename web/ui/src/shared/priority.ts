import type { Priority } from '@/generated/graphql';

/** Most pressing first, the order menus show them in. */
export const PRIORITIES: readonly Priority[] = ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'NONE'];

export const PRIORITY_NAME: Record<Priority, string> = {
  NONE: 'No priority',
  LOW: 'Low',
  MEDIUM: 'Medium',
  HIGH: 'High',
  URGENT: 'Urgent',
};
