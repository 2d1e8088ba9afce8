// *Delivered* markers, made from the acknowledgements of devices: the highest seq of a member and conversation, at
// once the first time, then at most once in an interval. One that is lost with this process, the next marker covers.
import { encodeMarker } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';

// in a group each of many members has a marker, and each goes to many: while she goes on getting messages they wait
const GROUP_FACTOR = 5;

interface Marker {
  readonly user: string;
  readonly conversation: string;
  seq: number;
  movedAt: number;
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
    if (!marker) this.#markers.set(key, (marker = { user, conversation, seq: 0, movedAt: 0, sentSeq: 0, sentAt: 0 }));
    if (seq <= marker.seq) return;
    const quietForMs = now - marker.movedAt;
    marker.seq = seq;
    marker.movedAt = now;
    this.#send(marker, now, quietForMs);
  }

  /** Now and then: what was held back goes, what is done is forgotten. */
  sweep(now: number): void {
    for (const [key, marker] of this.#markers) {
      if (marker.sentSeq < marker.seq) this.#send(marker, now, now - marker.movedAt);
      else if (now - marker.sentAt > 2 * GROUP_FACTOR * this.#intervalMs) this.#markers.delete(key);
    }
  }

  /** Sends what was held back, whatever the interval. */
  flush(): void {
    for (const marker of this.#markers.values()) if (marker.sentSeq < marker.seq) this.#offer(marker);
  }

  get #intervalMs(): number {
    return this.#context.config.MARKER_INTERVAL_MS;
  }

  #send(marker: Marker, now: number, quietForMs: number): void {
    const calm = directMembers(marker.conversation) !== undefined || quietForMs >= this.#intervalMs;
    if (now - marker.sentAt < this.#intervalMs * (calm ? 1 : GROUP_FACTOR)) return;
    if (this.#offer(marker)) marker.sentAt = now;
  }

  #offer(marker: Marker): boolean {
    const { conversation, user, seq } = marker;
    const taken = this.#context.broker.inbound.offer({
      conversation,
      sender: user,
      line: encodeMarker({ conversation, user, delivered: seq }),
      confirmed() {},
    });
    if (taken) marker.sentSeq = seq;
    return taken;
  }
}
