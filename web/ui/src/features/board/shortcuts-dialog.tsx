import { Dialog } from '@/shared/ui/dialog';

const SHORTCUTS = [
  ['c', 'Create a task'],
  ['/', 'Filter the board'],
  ['← ↑ ↓ →', 'Go from card to card'],
  ['Enter', 'Open the card'],
  ['Space', 'Pick up or put down the card'],
  ['Esc', 'Close, or cancel carrying'],
  ['?', 'Show this list'],
] as const;

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {SHORTCUTS.map(([keys, what]) => (
          <div className="contents" key={keys}>
            <dt>
              <kbd className="rounded-md border border-line-strong bg-canvas px-2 py-0.5 font-mono text-xs">
                {keys}
              </kbd>
            </dt>
            <dd className="text-muted">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
