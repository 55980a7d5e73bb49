const PATHS = {
  archive: 'M3.5 5.5h13v3h-13zM4.5 8.5v7h11v-7M8 11.5h4',
  attachment:
    'M14.5 9.5 9.6 14.4a3 3 0 0 1-4.2-4.2l6-6a2 2 0 0 1 2.8 2.8l-5.7 5.7a1 1 0 0 1-1.4-1.4l5-5',
  calendar: 'M4 5.5h12v10.5H4zM4 8.5h12M7 3.5v3M13 3.5v3',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  checklist: 'M9.5 6h7M9.5 13h7M3.5 5.8l1.4 1.4L7.4 4.6M3.5 12.8l1.4 1.4 2.5-2.6',
  chevron: 'm7.5 5 5 5-5 5',
  'chevron-left': 'm12.5 5-5 5 5 5',
  close: 'm5 5 10 10M15 5 5 15',
  comment: 'M4 4.5h12v9H9l-3.5 3v-3H4z',
  edit: 'm4 16 .8-3.4 8.6-8.6 2.6 2.6-8.6 8.6zM11.6 5.8l2.6 2.6',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.5h7',
  logout: 'M8 4H4.5v12H8M8.5 10h8M13.5 7l3 3-3 3',
  moon: 'M16 11.6A6.5 6.5 0 1 1 8.4 4a5.2 5.2 0 0 0 7.6 7.6z',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  plus: 'M10 4.5v11M4.5 10h11',
  search: 'M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.8 12.8 16.5 16.5',
  sun: 'M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2.8v1.4M10 15.8v1.4M2.8 10h1.4M15.8 10h1.4M4.9 4.9l1 1M14.1 14.1l1 1M15.1 4.9l-1 1M5.9 14.1l-1 1',
  system: 'M3.5 4.5h13v8.5h-13zM7.5 16h5M10 13v3',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5',
  warning: 'M10 3.8 17.3 16H2.7zM10 8.5v3.2M10 13.9h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative line icon in the current text colour; name the control that holds it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      className="shrink-0"
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={name === 'more' ? 2.4 : 1.6}
      viewBox="0 0 20 20"
      width={size}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
