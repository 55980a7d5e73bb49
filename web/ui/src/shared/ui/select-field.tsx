import { useId } from 'react';

type SelectFieldProps<T extends string> = {
  label: string;
  value: T;
  options: readonly { value: T; name: string }[];
  onChange: (value: T) => void;
  disabled?: boolean;
  isLabelHidden?: boolean;
};

/** A labelled native select: the platform's own keyboard, touch and screen reader behaviour. */
export function SelectField<T extends string>({
  label,
  value,
  options,
  onChange,
  disabled = false,
  isLabelHidden = false,
}: SelectFieldProps<T>) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label className={isLabelHidden ? 'sr-only' : 'font-medium text-muted text-xs'} htmlFor={id}>
        {label}
      </label>
      <select
        className="field select-field truncate"
        disabled={disabled}
        id={id}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen) onChange(chosen.value);
        }}
        value={value}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </div>
  );
}
