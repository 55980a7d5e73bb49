import type { Role } from '@/generated/graphql';

export const ROLES: readonly { value: Role; name: string; hint: string }[] = [
  { value: 'OWNER', name: 'Owner', hint: 'May do everything.' },
  { value: 'ADMIN', name: 'Admin', hint: 'Manages people, projects and columns.' },
  { value: 'MEMBER', name: 'Member', hint: 'Changes tasks and labels, and comments.' },
  { value: 'VIEWER', name: 'Viewer', hint: 'Looks, and changes nothing.' },
];

export function nameOfRole(role: Role): string {
  return ROLES.find(({ value }) => value === role)?.name ?? role;
}

/** Whether somebody with the role may invite, change and remove others. */
export function mayManage(role: Role): boolean {
  return role === 'OWNER' || role === 'ADMIN';
}

/** The roles that somebody with this one may give to others. */
export function rolesToGive(role: Role) {
  return mayManage(role) ? ROLES.filter(({ value }) => value !== 'OWNER' || role === 'OWNER') : [];
}
