// What the clients know: what they wrote, what was receipted, what each device has seen. Kept outside of what is
// killed, as the memory of a real client would be. Judges nothing: check.ts does.
import { isDeepStrictEqual } from 'node:util';
import type { MessageEvent } from '../../server/contract/events.ts';

/** What one device has seen: it keeps events once, by id. */
export class Seen {
  /** by id, in the order in which they came first */
  readonly events = new Map<string, MessageEvent>();
  readonly contradictions: string[] = [];
  duplicates = 0;

  take(event: MessageEvent): boolean {
    const known = this.events.get(event.id);
    if (!known) {
      this.events.set(event.id, event);
      return true;
    }
    this.duplicates += 1;
    if (!isDeepStrictEqual(known, event)) {
      this.contradictions.push(`${JSON.stringify(known)} came again as ${JSON.stringify(event)}`);
    }
    return false;
  }
}

export class Ledger {
  readonly receipted = new Set<string>();
  readonly refused: string[] = [];
  /** by number of the device */
  readonly seen: readonly Seen[];
  written = 0;
  sent = 0;
  resent = 0;
  /** deliveries of messages, first or again */
  deliveries = 0;
  /** new receipts and events seen for the first time: while it rises, the run goes on */
  progress = 0;

  constructor(devices: number) {
    this.seen = Array.from({ length: devices }, () => new Seen());
  }

  receipt(clientMessageId: string): void {
    if (this.receipted.has(clientMessageId)) return;
    this.receipted.add(clientMessageId);
    this.progress += 1;
  }

  see(device: number, event: MessageEvent): void {
    this.deliveries += 1;
    if (this.seen[device]?.take(event)) this.progress += 1;
  }

  get seenCount(): number {
    return this.seen.reduce((sum, { events }) => sum + events.size, 0);
  }

  get duplicates(): number {
    return this.seen.reduce((sum, { duplicates }) => sum + duplicates, 0);
  }
}
