// What the clients know: what they wrote, what was receipted, what each device has seen. Kept outside of what is
// struck, as the memory of a real client would be. Judges nothing: check.ts does.
import { createHash } from 'node:crypto';
import type { MessageEvent } from '../../server/contract/events.ts';

export interface Written {
  readonly clientMessageId: string;
  readonly sender: string;
  readonly conversation: string;
  readonly text: string;
  /** its sender does not send it again */
  readonly once: boolean;
}

export interface Entry extends Written {
  sends: number;
  receipted: boolean;
  /** numbers of devices, in the order in which they saw it first */
  readonly seenBy: number[];
}

/** An event as whoever saw it first saw it. */
export interface KnownEvent extends Pick<MessageEvent, 'id' | 'conversation' | 'seq' | 'sender' | 'clientMessageId'> {
  readonly digest: string;
}

/** Of everything in it, whatever the order of its fields. */
export function digestOf(event: MessageEvent): string {
  const fields = Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha1').update(JSON.stringify(fields)).digest('base64');
}

/** What one device has seen: it keeps events once, by id. */
export interface DeviceLog {
  /** ids, in the order in which they came first */
  readonly seen: Set<string>;
  duplicates: number;
}

export class Ledger {
  readonly entries = new Map<string, Entry>();
  readonly events = new Map<string, KnownEvent>();
  /** by number of the device */
  readonly logs: readonly DeviceLog[];
  /** what should never happen to a client, as it says it */
  readonly complaints: string[] = [];
  /** events that came with another content than before */
  readonly contradictions: string[] = [];
  receipted = 0;
  resent = 0;
  /** refusals that pass: the sender has to wait */
  waits = 0;
  /** deliveries of messages, first or again */
  deliveries = 0;
  /** new receipts and events seen for the first time: while it rises, the run goes on */
  progress = 0;
  readonly #devicesOf: ReadonlyMap<string, readonly number[]>;
  /** by number of the device: what has its receipt and was not seen there */
  readonly #owed: readonly Set<string>[];

  /** `devicesOf`: the devices of all members, by conversation. */
  constructor(devices: number, devicesOf: ReadonlyMap<string, readonly number[]>) {
    this.#devicesOf = devicesOf;
    this.logs = Array.from({ length: devices }, () => ({ seen: new Set<string>(), duplicates: 0 }));
    this.#owed = Array.from({ length: devices }, () => new Set<string>());
  }

  write(message: Written): void {
    this.entries.set(message.clientMessageId, { ...message, sends: 0, receipted: false, seenBy: [] });
  }

  send(clientMessageId: string): void {
    const entry = this.entries.get(clientMessageId);
    if (!entry) return;
    if (entry.sends > 0) this.resent += 1;
    entry.sends += 1;
  }

  receipt(clientMessageId: string): void {
    const entry = this.entries.get(clientMessageId);
    if (!entry || entry.receipted) return;
    entry.receipted = true;
    this.receipted += 1;
    this.progress += 1;
    for (const device of this.#devicesOf.get(entry.conversation) ?? []) {
      if (!entry.seenBy.includes(device)) this.#owed[device]?.add(clientMessageId);
    }
  }

  see(device: number, event: MessageEvent): void {
    const log = this.logs[device] as DeviceLog;
    this.deliveries += 1;
    this.#compare(device, event);
    if (log.seen.has(event.id)) {
      log.duplicates += 1;
      return;
    }
    log.seen.add(event.id);
    this.progress += 1;
    this.#owed[device]?.delete(event.clientMessageId);
    this.entries.get(event.clientMessageId)?.seenBy.push(device);
  }

  /** What the devices must still get of what has its receipt now. */
  owed(device: number): ReadonlySet<string> {
    return this.#owed[device] as ReadonlySet<string>;
  }

  get owedCount(): number {
    return this.#owed.reduce((sum, { size }) => sum + size, 0);
  }

  get seenCount(): number {
    return this.logs.reduce((sum, { seen }) => sum + seen.size, 0);
  }

  get duplicates(): number {
    return this.logs.reduce((sum, { duplicates }) => sum + duplicates, 0);
  }

  #compare(device: number, event: MessageEvent): void {
    const { id, conversation, seq, sender, clientMessageId } = event;
    const digest = digestOf(event);
    const known = this.events.get(id);
    if (!known) this.events.set(id, { id, conversation, seq, sender, clientMessageId, digest });
    else if (known.digest !== digest) {
      this.contradictions.push(`device ${device} saw ${id} (seq ${known.seq}) come again as ${JSON.stringify(event)}`);
    }
  }
}
