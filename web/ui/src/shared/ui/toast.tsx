import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { Button } from './button';
import { Icon } from './icon';

type Toast = { id: number; message: string; tone: 'error' | 'info' };
type ShowToast = (message: string, tone?: Toast['tone']) => void;

// Long enough to read two lines, short enough not to pile up.
const SHOWN_MS = 7_000;
const TOASTS_MAX = 4;

const ToastContext = createContext<ShowToast>(() => {});

/** Shows a short message that goes away by itself; errors interrupt a screen reader. */
export function useToast(): ShowToast {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const dismiss = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  );
  const show = useMemo<ShowToast>(() => {
    let last = 0;
    return (message, tone = 'error') => {
      last += 1;
      const id = last;
      setToasts((shown) => [
        ...shown.filter((toast) => toast.message !== message).slice(1 - TOASTS_MAX),
        { id, message, tone },
      ]);
    };
  }, []);

  return (
    <ToastContext value={show}>
      {children}
      <div className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-center gap-2">
        {toasts.map((toast) => (
          <ToastMessage key={toast.id} onDismiss={dismiss} toast={toast} />
        ))}
      </div>
    </ToastContext>
  );
}

function ToastMessage({ toast, onDismiss }: { toast: Toast; onDismiss: (id: number) => void }) {
  useEffect(() => {
    const timer = setTimeout(() => onDismiss(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast.id, onDismiss]);

  return (
    <div
      className="pointer-events-auto flex max-w-md animate-rise items-center gap-2 rounded-xl border border-line bg-raised py-2 pr-2 pl-4 shadow-float"
      role={toast.tone === 'error' ? 'alert' : 'status'}
    >
      <span className={toast.tone === 'error' ? 'text-danger' : 'text-good'}>
        <Icon name={toast.tone === 'error' ? 'warning' : 'check'} />
      </span>
      <p className="min-w-0 flex-1">{toast.message}</p>
      <Button aria-label="Dismiss" onClick={() => onDismiss(toast.id)} size="icon" variant="quiet">
        <Icon name="close" />
      </Button>
    </div>
  );
}
