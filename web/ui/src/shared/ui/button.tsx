import type { ComponentProps } from 'react';
import { classNames } from '@/shared/class-names';

const VARIANTS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'border border-danger/40 text-danger hover:bg-danger-soft',
} as const;

const SIZES = {
  small: 'min-h-7 px-2 gap-1 text-sm rounded-md',
  medium: 'min-h-9 px-3 gap-2 rounded-lg',
  icon: 'size-8 rounded-lg',
} as const;

type ButtonProps = ComponentProps<'button'> & {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  busy?: boolean;
};

/** A button that says whether it is at work; a busy one cannot be pressed again. */
export function Button({
  variant = 'secondary',
  size = 'medium',
  busy = false,
  type = 'button',
  className,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      aria-busy={busy || undefined}
      className={classNames(
        'inline-flex shrink-0 select-none items-center justify-center font-medium transition-colors',
        'disabled:cursor-default disabled:opacity-55',
        VARIANTS[variant],
        SIZES[size],
        className,
      )}
      disabled={busy || disabled}
      type={type}
      {...rest}
    />
  );
}
