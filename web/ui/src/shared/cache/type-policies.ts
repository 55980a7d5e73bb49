import type { FieldFunctionOptions, Reference, TypePolicies } from '@apollo/client/cache';

type Connection = { readonly nodes?: readonly Reference[] };
type ReadField = FieldFunctionOptions['readField'];

/** Negative, zero or positive as `a` sorts before, with or after `b`: ranks compare by code unit. */
export function comparePositions(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function byPosition(readField: ReadField) {
  return (a: Reference, b: Reference) =>
    comparePositions(
      readField<string>('position', a) ?? '',
      readField<string>('position', b) ?? '',
    );
}

function isOnBoard(readField: ReadField) {
  return (ref: Reference) => readField('archivedAt', ref) == null;
}

/** The nodes known so far followed by the new ones that were not among them. */
function union(existing: readonly Reference[], incoming: readonly Reference[]): Reference[] {
  const known = new Set(existing.map((ref) => ref.__ref));
  return [...existing, ...incoming.filter((ref) => !known.has(ref.__ref))];
}

function mergePages<T extends Connection>(
  existing: T | undefined,
  incoming: T,
  { args }: { args: Record<string, unknown> | null },
): T {
  if (!existing || args?.after == null) return incoming;
  return { ...incoming, nodes: union(existing.nodes ?? [], incoming.nodes ?? []) };
}

/**
 * Columns and tasks are kept as sets and put in order where they are read, so
 * that a changed position is one write and never leaves a list unsorted.
 */
export const typePolicies: TypePolicies = {
  Project: {
    fields: {
      columns: {
        keyArgs: ['includeArchived'],
        merge: false,
        read: (existing: readonly Reference[] | undefined, { readField }) =>
          existing?.filter(isOnBoard(readField)).sort(byPosition(readField)),
      },
      labels: { merge: false },
      members: { merge: false },
    },
  },
  BoardColumn: {
    fields: {
      tasks: {
        keyArgs: ['filter', 'includeArchived'],
        merge: mergePages,
        read: (existing: Connection | undefined, { readField }) =>
          existing && {
            ...existing,
            nodes: [...(existing.nodes ?? [])].sort(byPosition(readField)),
          },
      },
    },
  },
  Task: {
    fields: {
      labels: { merge: false },
      checklist: {
        merge: false,
        read: (existing: readonly Reference[] | undefined, { readField }) =>
          existing && [...existing].sort(byPosition(readField)),
      },
      attachments: { merge: false },
      comments: { keyArgs: false, merge: mergePages },
      events: { keyArgs: false, merge: false },
    },
  },
  Workspace: {
    fields: {
      projects: { keyArgs: ['includeArchived'], merge: mergePages },
      members: { merge: false },
      invitations: { merge: false },
    },
  },
};
