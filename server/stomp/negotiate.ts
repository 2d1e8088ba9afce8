// What the two ends of a session agree on when it begins: the version and the heart-beats. Pure arithmetic.
import { type Version, versions } from './frame.ts';
import { quote, StompError } from './stomp-error.ts';

/** For CONNECTED's neighbour, the ERROR that ends a failed negotiation: its `version` header. */
export const supportedVersions: string = versions.join(',');

/** WebSocket subprotocols, as registered with IANA, the best first. */
const subprotocols = ['v12.stomp', 'v11.stomp', 'v10.stomp'] as const;

/**
 * The best of the subprotocols a client offers; undefined: none of them is STOMP. It only opens the door: the
 * version comes from `accept-version`, for that is what the STOMP specification says, and libraries offer every
 * subprotocol they know whatever versions they were told to speak.
 */
export function chooseSubprotocol(offered: Iterable<string>): string | undefined {
  const all = new Set(offered);
  return subprotocols.find((name) => all.has(name));
}

/** STOMP 1.2 "Protocol Negotiation": the highest that both know; without the header, 1.0. */
export function negotiateVersion(acceptVersion: string | undefined): Version {
  if (acceptVersion === undefined) return '1.0';
  const accepted = acceptVersion.split(',').map((version) => version.trim());
  const common = versions.findLast((version) => accepted.includes(version));
  if (common !== undefined) return common;
  throw new StompError('version-not-supported', `Supported protocol versions are ${versions.join(' ')}`);
}

/** The two numbers of a `heart-beat` header, in milliseconds; 0: cannot, or does not want to. */
export interface HeartBeat {
  readonly canSendMs: number;
  readonly wantsMs: number;
}

/** What follows from both headers for this end; undefined: no heart-beats in that direction. */
export interface HeartBeats {
  /** Send something whenever nothing was sent for so long. */
  readonly sendAfterMs: number | undefined;
  /** The peer is gone when nothing came for so long. */
  readonly goneAfterMs: number | undefined;
}

/** Timers come late, never early: an idle line is used a little before the agreed time. */
const SEND_MARGIN = 0.8;
/** "The receiver SHOULD be tolerant": by one missed beat, as stompjs is. */
const TOLERANCE = 2;
/** Node's timers take no more, and would fire at once. */
const MAX_MS = 2 ** 31 - 1;

const none: HeartBeat = { canSendMs: 0, wantsMs: 0 };

/** STOMP 1.2 "Heart-beating": two integers and a comma; a missing header is "0,0". 1.0 knows no such header. */
export function readHeartBeat(header: string | undefined, version: Version): HeartBeat {
  if (header === undefined || version === '1.0') return none;
  const match = /^(\d{1,10}),(\d{1,10})$/.exec(header);
  if (!match) throw new StompError('protocol-error', `heart-beat needs two numbers and a comma, not ${quote(header)}`);
  return { canSendMs: Number(match[1]), wantsMs: Number(match[2]) };
}

export const heartBeatHeader = ({ canSendMs, wantsMs }: HeartBeat): string => `${canSendMs},${wantsMs}`;

/** STOMP 1.2 "Heart-beating": none where one end says 0, else every MAX of what one can and the other wants. */
export function agreeHeartBeats(ours: HeartBeat, theirs: HeartBeat): HeartBeats {
  const send = agreed(ours.canSendMs, theirs.wantsMs);
  const expect = agreed(theirs.canSendMs, ours.wantsMs);
  return {
    sendAfterMs: send && Math.min(MAX_MS, Math.max(1, Math.floor(send * SEND_MARGIN))),
    goneAfterMs: expect && Math.min(MAX_MS, expect * TOLERANCE),
  };
}

const agreed = (canMs: number, wantsMs: number): number | undefined =>
  canMs === 0 || wantsMs === 0 ? undefined : Math.max(canMs, wantsMs);
