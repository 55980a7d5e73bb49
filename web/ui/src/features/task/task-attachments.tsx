import { Icon } from '@/shared/ui/icon';
import type { TaskFields } from './task-data';

/** Only addresses a browser opens as pages; anything else is shown as text. */
function isLink(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

export function TaskAttachments({ attachments }: Pick<TaskFields, 'attachments'>) {
  if (attachments.length === 0) return null;
  return (
    <section aria-label="Attachments">
      <h3 className="mb-2 font-semibold">Attachments</h3>
      <ul className="flex flex-col gap-1">
        {attachments.map(({ id, name, url }) => (
          <li className="flex items-center gap-2 text-muted" key={id}>
            <Icon name="attachment" />
            {isLink(url) ? (
              <a
                className="truncate text-accent underline-offset-2 hover:underline"
                href={url}
                rel="noreferrer noopener"
                target="_blank"
              >
                {name}
              </a>
            ) : (
              <span className="truncate">{name}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
