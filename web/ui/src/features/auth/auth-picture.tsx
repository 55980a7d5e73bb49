const COLUMNS = [
  { x: 40, color: '#5b7fd6', cards: [54, 40, 62] },
  { x: 188, color: '#e0a021', cards: [46, 58] },
  { x: 336, color: '#2f9e6b', cards: [40, 48, 40] },
] as const;

/** A board with one card on its way, drawn for the pages that have none to show. */
export function AuthPicture() {
  return (
    <svg aria-hidden="true" className="w-full max-w-lg" fill="none" viewBox="0 0 500 340">
      {COLUMNS.map(({ x, color, cards }) => (
        <g key={x}>
          <rect fill="var(--sunken)" height="300" rx="12" width="128" x={x} y="20" />
          <circle cx={x + 18} cy="40" fill={color} r="5" />
          <rect fill="var(--line-strong)" height="7" rx="3.5" width="48" x={x + 30} y="36.5" />
          {cards.map((height, index) => (
            <Card
              height={height}
              // biome-ignore lint/suspicious/noArrayIndexKey: the picture never changes.
              key={index}
              x={x + 8}
              y={58 + cards.slice(0, index).reduce((sum, above) => sum + above + 8, 0)}
            />
          ))}
        </g>
      ))}
      <path
        d="M104 206h70a26 26 0 0 1 26 26v6a26 26 0 0 0 26 26h26"
        stroke="var(--accent)"
        strokeDasharray="2 8"
        strokeLinecap="round"
        strokeWidth="3"
      />
      <circle cx="104" cy="206" fill="var(--accent)" r="6" />
      <g transform="rotate(3 290 250)">
        <rect
          fill="var(--surface)"
          height="58"
          rx="8"
          stroke="var(--accent)"
          strokeWidth="2"
          width="112"
          x="216"
          y="236"
        />
        <rect fill="var(--faint)" height="7" rx="3.5" width="72" x="230" y="252" />
        <rect fill="var(--line-strong)" height="7" rx="3.5" width="44" x="230" y="268" />
        <circle cx="312" cy="278" fill="var(--accent)" r="8" />
      </g>
    </svg>
  );
}

function Card({ x, y, height }: { x: number; y: number; height: number }) {
  return (
    <g>
      <rect
        fill="var(--surface)"
        height={height}
        rx="8"
        stroke="var(--line)"
        width="112"
        x={x}
        y={y}
      />
      <rect fill="var(--line-strong)" height="6" rx="3" width={height + 24} x={x + 12} y={y + 12} />
      <rect fill="var(--line)" height="6" rx="3" width="40" x={x + 12} y={y + 24} />
    </g>
  );
}
