import type {
  ApolloCache,
  ApolloClient,
  OperationVariables,
  TypedDocumentNode,
} from '@apollo/client';
import type { ErrorCode } from '@/generated/graphql';
import { uuidV7 } from '@/shared/uuid';

export type UserError = { code: ErrorCode; field: string[] | null; message: string };
type Payload = { errors: UserError[] };

/** The server said no, and why; `payload` holds the current object when it was a stale version. */
export class ChangeRefused<P extends Payload = Payload> extends Error {
  readonly payload: P;

  constructor(payload: P) {
    super(payload.errors[0]?.message ?? 'The change was refused.');
    this.name = 'ChangeRefused';
    this.payload = payload;
  }

  get code(): ErrorCode | undefined {
    return this.payload.errors[0]?.code;
  }

  /** The message for a form's field, if one is about it. */
  messageFor(field: string): string | undefined {
    return this.payload.errors.find((error) => error.field?.includes(field))?.message;
  }
}

type Change<TData, TVariables extends { input: object }, P extends Payload> = {
  mutation: TypedDocumentNode<TData, TVariables>;
  input: Omit<TVariables['input'], 'clientMutationId' | 'idempotencyKey'>;
  payload: (data: TData) => P;
  /** Shown at once, taken back when the answer is there. */
  optimistic?: (cache: ApolloCache) => void;
  /** Writes what the server answered. */
  write?: (cache: ApolloCache, payload: P) => void;
};

/**
 * Sends one mutation and resolves with its payload.
 *
 * Answers are written by `write` rather than by the client itself, because an
 * event of a later change may have been applied before this answer arrives.
 * The idempotency key makes it safe to send again when the network failed.
 *
 * @throws ChangeRefused with the server's user errors, or the link's error
 */
export async function runChange<TData, TVariables extends { input: object }, P extends Payload>(
  client: ApolloClient,
  { mutation, input, payload, optimistic, write }: Change<TData, TVariables, P>,
): Promise<P> {
  const key = uuidV7();
  const { cache } = client;
  if (optimistic) cache.recordOptimisticTransaction(optimistic, key);
  try {
    const { data } = await client.mutate<TData, OperationVariables>({
      mutation,
      variables: { input: { ...input, clientMutationId: key, idempotencyKey: key } },
      fetchPolicy: 'no-cache',
    });
    if (!data) throw new Error('The server sent no data.');
    const answer = payload(data as TData);
    if (answer.errors.length > 0) throw new ChangeRefused(answer);
    cache.batch({
      ...(optimistic ? { removeOptimistic: key } : {}),
      update: (current) => write?.(current, answer),
    });
    return answer;
  } catch (error) {
    if (optimistic) cache.removeOptimistic(key);
    throw error;
  }
}
