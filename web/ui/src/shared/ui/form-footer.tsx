import { Button } from './button';

type FormFooterProps = {
  action: string;
  isBusy: boolean;
  message: string | null;
  onCancel: () => void;
};

/** What stands below a dialog's fields: what went wrong as a whole, cancel and go. */
export function FormFooter({ action, isBusy, message, onCancel }: FormFooterProps) {
  return (
    <>
      {message ? (
        <p className="rounded-lg bg-danger-soft px-3 py-2 text-danger" role="alert">
          {message}
        </p>
      ) : null}
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button busy={isBusy} type="submit" variant="primary">
          {action}
        </Button>
      </div>
    </>
  );
}
