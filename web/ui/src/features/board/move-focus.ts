import type { KeyboardEvent } from 'react';

const STEP: Record<string, [columns: number, cards: number]> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
const CARD = '[data-task-key] > a';

/** Moves the focus from card to card with the arrow keys; sideways to the card at the same height. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = STEP[event.key];
  const { target, currentTarget } = event;
  if (!step || event.defaultPrevented || !(target instanceof HTMLElement)) return;
  if (!target.matches(CARD)) return;

  const columns = [...currentTarget.querySelectorAll('[data-column-name]')].map((column) => [
    ...column.querySelectorAll<HTMLElement>(CARD),
  ]);
  const [sideways, along] = step;
  let columnIndex = columns.findIndex((cards) => cards.includes(target));
  const cardIndex = columns[columnIndex]?.indexOf(target) ?? 0;
  do columnIndex += sideways;
  while (sideways !== 0 && columns[columnIndex]?.length === 0);

  const cards = columns[columnIndex];
  const next = cards?.[sideways === 0 ? cardIndex + along : Math.min(cardIndex, cards.length - 1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
