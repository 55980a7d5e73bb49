/** The product's sign, with its name unless space is short. */
export function Wordmark({ isCompact = false }: { isCompact?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2 font-semibold text-lg tracking-tight">
      <svg aria-hidden="true" height="26" viewBox="0 0 32 32" width="26">
        <rect fill="#0d7a6f" height="32" rx="8" width="32" />
        <path
          d="M7.5 11.5h6a4 4 0 0 1 4 4v1a4 4 0 0 0 4 4H24"
          fill="none"
          stroke="#fff"
          strokeLinecap="round"
          strokeWidth="2.6"
        />
        <circle cx="8.5" cy="11.5" fill="#fff" r="3.4" />
        <circle cx="23.5" cy="20.5" fill="#8ff0dd" r="3.4" />
      </svg>
      <span className={isCompact ? 'max-sm:sr-only' : undefined}>
        task<span className="text-accent">wire</span>
      </span>
    </span>
  );
}
