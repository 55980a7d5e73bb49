import type { ComponentProps } from 'react';
import { classNames } from '@/shared/class-names';
import { Icon, type IconName } from './icon';

type MenuItemProps = ComponentProps<'button'> & { icon: IconName; isDanger?: boolean };

/** One row of a popover's list of actions. */
export function MenuItem({ icon, isDanger = false, children, ...button }: MenuItemProps) {
  return (
    <button
      className={classNames(
        'flex min-h-8 w-full items-center gap-2 rounded-lg px-2 text-left hover:bg-hover disabled:opacity-50',
        isDanger && 'text-danger',
      )}
      type="button"
      {...button}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}
