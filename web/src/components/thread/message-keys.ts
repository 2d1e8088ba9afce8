// The keys of a thread: arrows go from message to message, Enter or the menu key opens the menu of one.

const step: Record<string, (rows: HTMLElement[], at: number) => HTMLElement | undefined> = {
  ArrowUp: (rows, at) => rows[at < 0 ? rows.length - 1 : at - 1],
  ArrowDown: (rows, at) => rows[at + 1],
  Home: (rows) => rows[0],
  End: (rows) => rows.at(-1),
};

/** For `keydown` on what scrolls. `open` is given the row and its message's id. */
export function onMessageKey(event: KeyboardEvent, open: (row: HTMLElement, id: string) => void): void {
  const scroller = event.currentTarget as HTMLElement;
  const target = event.target as HTMLElement;
  // keys of a button in a message are the button's
  if (target !== scroller && !target.matches('[data-id]')) return;
  const id = target.dataset['id'];
  if (event.key === 'Enter' && id) {
    event.preventDefault();
    open(target, id);
    return;
  }
  const rows = [...scroller.querySelectorAll<HTMLElement>('[data-id]')];
  const next = step[event.key]?.(rows, rows.indexOf(target));
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}
