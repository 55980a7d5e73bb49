import { useId, useRef, useState } from 'react';
import { Button } from '@/shared/ui/button';

/** A link that is shown only now, to be copied and handed over. */
export function InviteLink({ email, link }: { email: string; link: string }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'copied' | 'selected' | null>(null);

  const copy = () => {
    field.current?.select();
    // Insecure origins have no clipboard; there the selected text is copied by hand.
    const writing = navigator.clipboard?.writeText(link) ?? Promise.reject(new Error('none'));
    writing.then(
      () => setCopied('copied'),
      () => setCopied('selected'),
    );
  };

  return (
    <div className="mt-4 animate-rise rounded-lg bg-good-soft p-3" role="status">
      <label className="font-medium" htmlFor={id}>
        Link for {email}
      </label>
      <div className="mt-2 flex gap-2">
        <input
          className="field min-w-0 flex-1 font-mono text-sm"
          id={id}
          onFocus={(event) => event.target.select()}
          readOnly
          ref={field}
          value={link}
        />
        <Button onClick={copy}>{copied === 'copied' ? 'Copied' : 'Copy'}</Button>
      </div>
      <p className="mt-2 text-muted text-sm">
        {copied === 'selected' ? 'Press Ctrl+C to copy it. ' : ''}
        It lets this person in once within seven days, and it is not shown again.
      </p>
    </div>
  );
}
