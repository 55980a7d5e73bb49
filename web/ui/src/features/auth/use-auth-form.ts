import { type FormEvent, useState } from 'react';
import { AuthRefused } from './auth-api';

type AuthForm = {
  isBusy: boolean;
  message: string | null;
  fields: Record<string, string>;
  submit: (event: FormEvent<HTMLFormElement>) => void;
  run: (action: () => Promise<void>) => void;
};

/** The state of a form that signs somebody in: at work, refused and why, per field or as a whole. */
export function useAuthForm(action: (values: FormData) => Promise<void>): AuthForm {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const run = (task: () => Promise<void>) => {
    setIsBusy(true);
    setError(null);
    task()
      .catch(setError)
      .finally(() => setIsBusy(false));
  };
  const fields = error instanceof AuthRefused ? error.fields : {};
  const hasFields = Object.keys(fields).length > 0;
  const message =
    error instanceof AuthRefused ? error.message : 'The server cannot be reached. Try again.';

  return {
    isBusy,
    fields,
    message: error && !hasFields ? message : null,
    submit: (event) => {
      event.preventDefault();
      const values = new FormData(event.currentTarget);
      run(() => action(values));
    },
    run,
  };
}
