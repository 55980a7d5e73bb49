/** The same hue for the same person wherever they appear. */
export function hueOf(id: string): number {
  // FNV-1a: ids made in one go differ in few characters and must still spread.
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return ((hash >>> 0) % 18) * 20;
}

/** `Ada King Lovelace` → `AL`. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return picked.map((word) => Array.from(word ?? '?')[0]?.toUpperCase() ?? '?').join('');
}

type AvatarProps = { user: { id: string; name: string }; size?: number; label?: string };

/** A person's initials in their colour. */
export function Avatar({ user, size = 24, label = user.name }: AvatarProps) {
  return (
    <span
      aria-label={label}
      className="inline-flex shrink-0 select-none items-center justify-center rounded-full font-semibold text-white"
      role="img"
      style={{
        width: size,
        height: size,
        fontSize: Math.round(size * 0.41),
        background: `oklch(0.52 0.1 ${hueOf(user.id)})`,
      }}
      title={label}
    >
      {initialsOf(user.name)}
    </span>
  );
}
