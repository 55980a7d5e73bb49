import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { classNames } from '@/shared/class-names';
import { Markdown } from './markdown';

type MarkdownEditorProps = {
  label: string;
  value: string;
  placeholder: string;
  rows: number;
  autoFocus?: boolean;
  onChange: (value: string) => void;
  onSubmit: () => void;
  onCancel?: () => void;
  children: ReactNode;
};

/** A text area with a preview of its markdown; Ctrl or Command with Enter submits. */
export function MarkdownEditor(props: MarkdownEditorProps) {
  const { label, value, onChange } = props;
  const [isPreview, setIsPreview] = useState(false);

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') props.onCancel?.();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      props.onSubmit();
    }
  };
  const mode = (name: string, isOn: boolean, choose: () => void) => (
    <button
      aria-pressed={isOn}
      className={classNames(
        'rounded-md px-2 py-0.5 text-sm',
        isOn ? 'bg-sunken font-medium text-ink' : 'text-muted hover:text-ink',
      )}
      onClick={choose}
      type="button"
    >
      {name}
    </button>
  );

  return (
    <div className="rounded-lg border border-line-strong bg-surface focus-within:border-accent">
      <div className="flex gap-1 border-line border-b p-1">
        {mode('Write', !isPreview, () => setIsPreview(false))}
        {mode('Preview', isPreview, () => setIsPreview(true))}
      </div>
      {isPreview ? (
        <div className="min-h-24 p-3">
          {value.trim() ? <Markdown text={value} /> : <p className="text-muted">Nothing yet.</p>}
        </div>
      ) : (
        <textarea
          aria-label={label}
          // biome-ignore lint/a11y/noAutofocus: opened by the person who is about to type.
          autoFocus={props.autoFocus}
          className="field-sizing-content block max-h-96 w-full resize-y rounded-b-lg bg-transparent p-3 outline-none"
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder={props.placeholder}
          rows={props.rows}
          value={value}
        />
      )}
      <div className="flex items-center gap-2 p-2 pt-0">{props.children}</div>
    </div>
  );
}
