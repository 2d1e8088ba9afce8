// *Delivered* markers, made from the acknowledgements of devices: the highest seq of a member and conversation, at
// once the first time, then at most once in an interval. One that is lost with this process, the next marker covers.
import { encodeMarker } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';

// in a group each of many members has a marker, and each goes to all of them
const GROUP_FACTOR = 10;

interface Marker {
  readonly user: string;
  readonly conversation: string;
  seq: number;
  sentSeq: number;
  sentAt: number;
}

export class Markers {
  readonly #context: Context;
  readonly #markers = new Map<string, Marker>();

  constructor(context: Context) {
    this.#context = context;
  }

  delivered(user: string, { conversation, seq }: { conversation: string; seq: number }): void {
    const key = `${user} ${conversation}`;
    const now = this.#context.clock.now();
    let marker = this.#markers.get(key);
    if (!marker) this.#markers.set(key, (marker = { user, conversation, seq: 0, sentSeq: 0, sentAt: 0 }));
    if (seq <= marker.seq) return;
    marker.seq = seq;
    this.#send(marker, now);
  }

  /** Now and then: what was held back goes, what is done is forgotten. */
  sweep(now: number): void {
    for (const [key, marker] of this.#markers) {
      if (marker.sentSeq < marker.seq) this.#send(marker, now);
      else if (now - marker.sentAt > 2 * this.#intervalMs(marker)) this.#markers.delete(key);
    }
  }

  /** Sends what was held back, whatever the interval. */
  flush(): void {
    for (const marker of this.#markers.values()) if (marker.sentSeq < marker.seq) this.#offer(marker);
  }

  #intervalMs({ conversation }: Marker): number {
    return this.#context.config.MARKER_INTERVAL_MS * (directMembers(conversation) ? 1 : GROUP_FACTOR);
  }

  #send(marker: Marker, now: number): void {
    if (now - marker.sentAt < this.#intervalMs(marker)) return;
    if (this.#offer(marker)) marker.sentAt = now;
  }

  #offer(marker: Marker): boolean {
    const { conversation, user, seq } = marker;
    const taken = this.#context.broker.inbound.offer(
      conversation,
      encodeMarker({ conversation, user, delivered: seq }),
      () => {},
    );
    if (taken) marker.sentSeq = seq;
    return taken;
  }
}
