import { useState } from 'react';
import { messageOf } from '@/shared/graphql/problem';
import { Button } from '@/shared/ui/button';
import { MarkdownEditor } from './markdown-editor';

type CommentFormProps = {
  label: string;
  action: string;
  initial?: string;
  onSubmit: (body: string) => Promise<void>;
  onCancel?: () => void;
};

/** Writes a new comment, or rewrites one when it has an initial text and a way out. */
export function CommentForm({ label, action, initial = '', onSubmit, onCancel }: CommentFormProps) {
  const [body, setBody] = useState(initial);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const submit = () => {
    if (body.trim() === '' || isBusy) return;
    setIsBusy(true);
    setError(null);
    onSubmit(body)
      .then(() => setBody(''))
      .catch((reason: unknown) => setError(messageOf(reason)))
      .finally(() => setIsBusy(false));
  };

  return (
    <>
      <MarkdownEditor
        autoFocus={onCancel !== undefined}
        label={label}
        onChange={setBody}
        onSubmit={submit}
        placeholder="Write a comment. Markdown works."
        rows={2}
        value={body}
        {...(onCancel ? { onCancel } : {})}
      >
        <Button
          busy={isBusy}
          disabled={body.trim() === ''}
          onClick={submit}
          size="small"
          variant="primary"
        >
          {action}
        </Button>
        {onCancel ? (
          <Button onClick={onCancel} size="small" variant="quiet">
            Cancel
          </Button>
        ) : null}
      </MarkdownEditor>
      {error ? (
        <p className="mt-1 text-danger text-sm" role="alert">
          {error}
        </p>
      ) : null}
    </>
  );
}
