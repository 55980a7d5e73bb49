import { type FormEvent, useState } from 'react';
import { ChangeRefused } from '@/shared/graphql/change';
import { messageOf } from '@/shared/graphql/problem';

/** The state of a form that sends one change: at work, refused and why, per field or as a whole. */
export function useSubmit(send: () => Promise<void>, fields: readonly string[]) {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const fieldError = (field: string): string | undefined =>
    error instanceof ChangeRefused ? error.messageFor(field) : undefined;
  const isAboutField = fields.some((field) => fieldError(field) !== undefined);

  return {
    isBusy,
    fieldError,
    message: error && !isAboutField ? messageOf(error) : null,
    onSubmit: (event: FormEvent) => {
      event.preventDefault();
      setIsBusy(true);
      setError(null);
      send()
        .catch(setError)
        .finally(() => setIsBusy(false));
    },
  };
}
