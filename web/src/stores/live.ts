// What is of the moment: who is there, and who is writing. Told while there is a session; forgotten when it ends.
import { shallowReactive } from 'vue';
import type { LiveEvent, PresenceState, TypingEvent } from '../../../server/contract/live.ts';
import { publish } from './connection.ts';

export interface Presence {
  state: PresenceState;
  lastSeenAt?: string | undefined;
}

type Writing = Exclude<TypingEvent['state'], 'paused'>;

export const live = {
  presences: shallowReactive(new Map<string, Presence>()),
  /** by conversation, then by user; replaced as a whole */
  writing: shallowReactive(new Map<string, ReadonlyMap<string, Writing>>()),
};

const ends = new Map<string, ReturnType<typeof setTimeout>>();

function setWriting(conversation: string, user: string, state: Writing | undefined): void {
  const now = new Map(live.writing.get(conversation));
  if (state) now.set(user, state);
  else now.delete(user);
  if (now.size > 0) live.writing.set(conversation, now);
  else live.writing.delete(conversation);
}

/** Who has sent a message, or said that it is over, is not writing any more. */
export function stoppedWriting(conversation: string, user: string): void {
  const key = `${conversation} ${user}`;
  clearTimeout(ends.get(key));
  ends.delete(key);
  if (live.writing.get(conversation)?.has(user)) setWriting(conversation, user, undefined);
}

function typing({ conversation, user, state, expiresIn = 6_000 }: TypingEvent): void {
  stoppedWriting(conversation, user);
  if (state === 'paused') return;
  setWriting(conversation, user, state);
  const over = setTimeout(() => stoppedWriting(conversation, user), expiresIn);
  ends.set(`${conversation} ${user}`, over);
}

const appliers: { [Type in LiveEvent['type']]: (event: Extract<LiveEvent, { type: Type }>) => void } = {
  typing,
  presence: ({ user, state, lastSeenAt }) => live.presences.set(user, { state, lastSeenAt }),
  presences: ({ people }) => {
    live.presences.clear();
    for (const { user, state, lastSeenAt } of people) live.presences.set(user, { state, lastSeenAt });
  },
};

export function applyLive(event: LiveEvent): void {
  (appliers[event.type] as ((event: LiveEvent) => void) | undefined)?.(event);
}

/** Without a session nothing is known of the moment. */
export function forgetLive(): void {
  live.presences.clear();
  live.writing.clear();
  for (const end of ends.values()) clearTimeout(end);
  ends.clear();
}

const RENEW_MS = 3_000;
let saidAt = 0;
let said = '';

/** Said again every few seconds while it goes on; the server ends what is not renewed. */
export function tellWriting(conversation: string, state: TypingEvent['state']): void {
  const now = Date.now();
  const same = said === `${conversation} ${state}`;
  if (state === 'paused' ? same || !said.startsWith(`${conversation} `) : same && now - saidAt < RENEW_MS) return;
  said = `${conversation} ${state}`;
  saidAt = now;
  publish('/app/typing', { conversation, state });
}

const AWAY_MS = 60_000;
let leaving: ReturnType<typeof setTimeout> | undefined;
let away = false;

function beAway(isAway: boolean): void {
  if (away === isAway) return;
  away = isAway;
  publish('/app/presence', { state: isAway ? 'away' : 'online' });
}

/** A new session is online; a page that nobody looks at is not. */
export function tellPresence(): void {
  away = false;
  if (document.hidden) beAway(true);
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving);
  if (document.hidden) leaving = setTimeout(() => beAway(true), AWAY_MS);
  else beAway(false);
});
