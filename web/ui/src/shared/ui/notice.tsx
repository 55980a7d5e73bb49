import type { ReactNode } from 'react';

type NoticeProps = { title: string; children?: ReactNode; action?: ReactNode; role?: 'alert' };

/** What a view shows in place of its content: that there is none yet, or what went wrong. */
export function Notice({ title, children, action, role }: NoticeProps) {
  return (
    <div
      className="mx-auto flex max-w-md flex-col items-center gap-2 px-4 py-16 text-center"
      role={role}
    >
      <svg
        aria-hidden="true"
        className="mb-2"
        fill="none"
        height="56"
        viewBox="0 0 96 56"
        width="96"
      >
        <path
          d="M22 16h18a12 12 0 0 1 12 12 12 12 0 0 0 12 12h10"
          stroke="var(--line-strong)"
          strokeDasharray="1 7"
          strokeLinecap="round"
          strokeWidth="3"
        />
        <circle
          cx="16"
          cy="16"
          fill="var(--accent-soft)"
          r="10"
          stroke="var(--accent)"
          strokeWidth="2"
        />
        <circle
          cx="80"
          cy="40"
          fill="var(--surface)"
          r="10"
          stroke="var(--line-strong)"
          strokeWidth="2"
        />
      </svg>
      <h2 className="font-semibold text-lg">{title}</h2>
      {children ? <div className="text-muted">{children}</div> : null}
      {action ? <div className="mt-3">{action}</div> : null}
    </div>
  );
}
