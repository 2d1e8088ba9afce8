// What the sessions of a relay share: plain fields, handed to every handler.
import type { DeviceRegister } from '../chat/devices.ts';
import type { Reach } from '../chat/reach.ts';
import type { TypingAudience } from '../chat/typing-audience.ts';
import type { Context } from '../context.ts';
import type { TokenBucket } from '../lib/token-bucket.ts';
import type { Presence } from './live/presence.ts';
import type { Typing } from './live/typing.ts';
import type { Residents } from './residents.ts';
import type { Session } from './session.ts';

export interface RelayRooms {
  readonly context: Context;
  readonly reach: Reach;
  readonly register: DeviceRegister;
  readonly residents: Residents;
  readonly sessions: SessionTable;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly typingAudience: TypingAudience;
}

/** The sessions that are connected, by user and device, and what each user may still send. */
export interface SessionTable {
  of(userId: string): ReadonlyMap<string, Session>;
  add(session: Session): void;
  remove(session: Session): void;
  sends(userId: string): TokenBucket;
  frames(userId: string): TokenBucket;
}
