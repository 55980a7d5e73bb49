import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { classNames } from '@/shared/class-names';

type PopoverProps = {
  label: string;
  trigger: ReactNode;
  triggerClassName?: string;
  align?: 'start' | 'end';
  disabled?: boolean;
  children: (close: () => void) => ReactNode;
};

/** A button that opens a small panel below itself; Escape and a press elsewhere close it. */
export function Popover({
  label,
  trigger,
  triggerClassName,
  align = 'end',
  disabled = false,
  children,
}: PopoverProps) {
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);

  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setIsOpen(false);
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setIsOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    // Capturing, so that the page's own Escape does not also close what lies below.
    document.addEventListener('keydown', closeOnEscape, true);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('keydown', closeOnEscape, true);
    };
  }, [isOpen]);

  return (
    <div className="relative" ref={root}>
      <button
        aria-controls={isOpen ? id : undefined}
        aria-expanded={isOpen}
        aria-label={label}
        className={triggerClassName}
        disabled={disabled}
        onClick={() => setIsOpen((open) => !open)}
        ref={button}
        type="button"
      >
        {trigger}
      </button>
      {isOpen ? (
        <section
          aria-label={label}
          className={classNames(
            'absolute top-full z-40 mt-1 min-w-48 animate-rise rounded-xl border border-line bg-raised p-1 shadow-float',
            align === 'end' ? 'right-0' : 'left-0',
          )}
          id={id}
        >
          {children(() => setIsOpen(false))}
        </section>
      ) : null}
    </div>
  );
}
