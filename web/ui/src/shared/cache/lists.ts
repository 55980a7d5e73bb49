import type { ApolloCache, Reference } from '@apollo/client/cache';

type Owner = { __typename: 'Project' | 'Task' | 'Workspace'; id: string };
type Item = { __typename: string; id: string };

/** Adds an item to a plain list or a connection's nodes; an item already there stays once. */
export function addToList(cache: ApolloCache, owner: Owner, field: string, item: Item): void {
  const id = cache.identify(owner);
  if (!id) return;
  cache.modify<Record<string, unknown>>({
    id,
    fields: (existing, { fieldName, toReference }) => {
      const added = fieldName === field ? toReference(item) : undefined;
      if (!added) return existing;
      if (Array.isArray(existing)) return withItem(existing as Reference[], added);
      const connection = existing as { nodes?: readonly Reference[] };
      return { ...connection, nodes: withItem(connection.nodes ?? [], added) };
    },
  });
}

function withItem(list: readonly Reference[], added: Reference): Reference[] {
  return list.some((ref) => ref.__ref === added.__ref) ? [...list] : [...list, added];
}

/** Forgets an object; lists that still name it leave it out when they are read. */
export function forget(cache: ApolloCache, item: Item): void {
  const id = cache.identify(item);
  if (id) cache.evict({ id });
}
