import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button';
import { Icon } from './icon';

type DialogProps = { title: string; onClose: () => void; children: ReactNode };

/** A modal dialog; the platform keeps the focus inside and gives it back afterwards. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const titleId = useId();
  const ref = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog?.open) dialog?.showModal();
    return () => dialog?.close();
  }, []);

  return (
    <dialog
      aria-labelledby={titleId}
      className="m-auto w-[min(28rem,calc(100vw-2rem))] animate-rise rounded-xl border border-line bg-raised p-6 text-ink shadow-float"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
      ref={ref}
    >
      <div className="mb-4 flex items-start justify-between gap-4">
        <h2 className="font-semibold text-lg" id={titleId}>
          {title}
        </h2>
        <Button
          aria-label="Close"
          className="-mt-1 -mr-2"
          onClick={onClose}
          size="icon"
          variant="quiet"
        >
          <Icon name="close" />
        </Button>
      </div>
      {children}
    </dialog>
  );
}
