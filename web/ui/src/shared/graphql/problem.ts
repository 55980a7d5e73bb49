import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { ChangeRefused } from './change';

/** The `extensions.code` of the first GraphQL error, if the error is one. */
export function codeOf(error: unknown): string | undefined {
  if (!CombinedGraphQLErrors.is(error)) return undefined;
  const code = error.errors[0]?.extensions?.code;
  return typeof code === 'string' ? code : undefined;
}

/** One sentence for the person in front of the screen. */
export function messageOf(error: unknown): string {
  if (error instanceof ChangeRefused) return error.message;
  if (navigator.onLine === false) return 'You are offline. The change was not saved.';
  if (CombinedGraphQLErrors.is(error)) {
    const [first] = error.errors;
    if (codeOf(error) === 'RATE_LIMITED') return 'Too many requests. Wait a moment and try again.';
    const errorId = first?.extensions?.errorId;
    const reference = typeof errorId === 'string' ? ` (reference ${errorId})` : '';
    return `${first?.message ?? 'Something went wrong.'}${reference}`;
  }
  if (ServerError.is(error)) return `The server answered ${error.statusCode}. Try again.`;
  return 'The server cannot be reached. Try again.';
}
