type LabelChipProps = { label: { name: string; color: string } };

/** A label's name with its colour as a dot, so that the text stays readable on any colour. */
export function LabelChip({ label }: LabelChipProps) {
  return (
    <span className="inline-flex max-w-40 items-center gap-1.5 rounded-full border border-line bg-canvas px-2 text-2xs text-muted leading-5">
      <span
        aria-hidden="true"
        className="size-2 shrink-0 rounded-full"
        style={{ background: label.color }}
      />
      <span className="truncate">{label.name}</span>
    </span>
  );
}
