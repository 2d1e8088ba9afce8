// What batches look like inside an AMQP message: one JSON text a line (it holds no raw line break), so that an
// entry is cut out and passed on as bytes, without being parsed and written again.
import type { Event } from '../contract/events.ts';
import type { LinkPreview } from '../contract/link-preview.ts';
import type { GroupChangeEnvelope } from './group-change.ts';

const LINE_BREAK = 0x0a;

/** A message on its way to the worker: the event it will become, but for `type` and `seq`. */
export interface MessageEnvelope {
  readonly id: string;
  readonly conversation: string;
  readonly sender: string;
  readonly device: string;
  readonly clientMessageId: string;
  readonly kind: string;
  readonly text?: string;
  readonly media?: unknown;
  readonly replyTo?: string;
  readonly mentions?: readonly string[];
  readonly forwarded?: number;
  readonly preview?: LinkPreview;
  readonly sentAt: string;
}

/** A marker on its way to the worker. */
export interface MarkerEnvelope {
  readonly conversation: string;
  readonly user: string;
  readonly delivered?: number;
  readonly read?: number;
}

/** What is done to a message that is stored already, on its way to the worker. */
export interface ActionEnvelope {
  /** of the action: the same one that comes again is recognised by it */
  readonly id: string;
  readonly action: 'edit' | 'recall' | 'react' | 'vote' | 'close';
  readonly conversation: string;
  readonly seq: number;
  readonly by: string;
  /** of an edit */
  readonly text?: string;
  /** of a reaction; null takes it back */
  readonly emoji?: string | null;
  /** of a vote, ascending */
  readonly options?: readonly number[];
  readonly at: string;
}

export type InboundEntry =
  | { readonly kind: 'message'; readonly envelope: MessageEnvelope; readonly line: string }
  | { readonly kind: 'marker'; readonly envelope: MarkerEnvelope }
  | { readonly kind: 'action'; readonly envelope: ActionEnvelope; readonly line: string }
  | { readonly kind: 'group'; readonly envelope: GroupChangeEnvelope; readonly line: string };

/** An inbound line: `m`, `k`, `a` or `g` (message, marKer, action, group), then the envelope. */
export const encodeMessage = (envelope: MessageEnvelope): Buffer => Buffer.from(`m${JSON.stringify(envelope)}\n`);
export const encodeMarker = (envelope: MarkerEnvelope): Buffer => Buffer.from(`k${JSON.stringify(envelope)}\n`);

export const encodeAction = (envelope: ActionEnvelope): Buffer => Buffer.from(`a${JSON.stringify(envelope)}\n`);
export const encodeGroupChange = (envelope: GroupChangeEnvelope): Buffer =>
  Buffer.from(`g${JSON.stringify(envelope)}\n`);

export function* lines(batch: Buffer): Generator<Buffer> {
  for (let at = 0; at < batch.length; ) {
    const end = batch.indexOf(LINE_BREAK, at);
    const stop = end === -1 ? batch.length : end;
    yield batch.subarray(at, stop);
    at = stop + 1;
  }
}

/** Reads an inbound batch; a line that is none is handed to `onBroken`. */
export function decodeInbound(batch: Buffer, onBroken: (line: Buffer, reason: string) => void): InboundEntry[] {
  const entries: InboundEntry[] = [];
  for (const bytes of lines(batch)) {
    const line = bytes.toString('utf8', 1);
    try {
      const envelope: unknown = JSON.parse(line);
      if (bytes[0] === 0x6d) entries.push({ kind: 'message', envelope: envelope as MessageEnvelope, line });
      else if (bytes[0] === 0x6b) entries.push({ kind: 'marker', envelope: envelope as MarkerEnvelope });
      else if (bytes[0] === 0x61) entries.push({ kind: 'action', envelope: envelope as ActionEnvelope, line });
      else if (bytes[0] === 0x67) entries.push({ kind: 'group', envelope: envelope as GroupChangeEnvelope, line });
      else onBroken(bytes, `no entry begins with ${JSON.stringify(bytes.toString('latin1', 0, 1))}`);
    } catch (error) {
      onBroken(bytes, (error as Error).message);
    }
  }
  return entries;
}

/** What the relay must know of an event besides its bytes. */
export interface MailboxHeader {
  /** the recipients in this mailbox shard */
  readonly to: readonly string[];
  /** the same for every copy of this event: what a relay recognises a copy by */
  readonly key: string;
  /** of a message: what its acknowledgement marks as delivered */
  readonly message?: { readonly conversation: string; readonly seq: number; readonly sender: string };
  /** when what it says is over (milliseconds): from then on it is told without that */
  readonly expires?: number | undefined;
}

/** An event for some people: an entry of the mailboxes. */
export interface MailboxEntry {
  readonly to: readonly string[];
  readonly key: string;
  readonly message?: MailboxHeader['message'];
  readonly expires?: MailboxHeader['expires'];
  /** the event as JSON, as it will arrive */
  readonly event: string;
}

export const encodeMailbox = (header: MailboxHeader, event: string): Buffer =>
  Buffer.from(`${JSON.stringify(header)}\n${event}\n`);

export function decodeMailbox(batch: Buffer): { header: MailboxHeader; event: Buffer }[] {
  const entries: { header: MailboxHeader; event: Buffer }[] = [];
  let header: Buffer | undefined;
  for (const line of lines(batch)) {
    if (header === undefined) {
      header = line;
    } else {
      entries.push({ header: JSON.parse(header.toString('utf8')) as MailboxHeader, event: line });
      header = undefined;
    }
  }
  return entries;
}

/** The event of a stored message, spliced from its envelope's JSON: `type` and `seq` come first. */
export const messageEventJson = (line: string, seq: number, expiresAt?: Date): string =>
  `{"type":"message","seq":${seq},${expiresAt ? `"expiresAt":"${expiresAt.toISOString()}",` : ''}${line.slice(1)}`;

export const eventJson = (event: Event): string => JSON.stringify(event);
