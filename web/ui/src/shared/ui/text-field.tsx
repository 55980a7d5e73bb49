import { type ComponentProps, useId } from 'react';

type TextFieldProps = ComponentProps<'input'> & {
  label: string;
  error?: string | undefined;
  hint?: string;
};

/** A labelled input with its hint or its error, both read out with it. */
export function TextField({ label, error, hint, ...input }: TextFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1">
      <label className="font-medium text-sm" htmlFor={id}>
        {label}
      </label>
      <input
        aria-describedby={note ? `${id}-note` : undefined}
        aria-invalid={error ? true : undefined}
        className="field"
        id={id}
        {...input}
      />
      {note ? (
        <p className={error ? 'text-danger text-sm' : 'text-muted text-sm'} id={`${id}-note`}>
          {note}
        </p>
      ) : null}
    </div>
  );
}
