// Which sessions are connected: by user, by device. One session a device: the newest one counts.
import type { Config } from '../config.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { metrics } from '../metrics.ts';
import type { SessionTable } from './rooms.ts';
import type { Session } from './session.ts';

interface User {
  readonly sessions: Map<string, Session>;
  readonly sends: TokenBucket;
  /** frames of any kind, and what costs as much */
  readonly frames: TokenBucket;
}

const none: ReadonlyMap<string, Session> = new Map();

export function newSessionTable(
  { LIMIT_SENDS, LIMIT_FRAMES }: Pick<Config, 'LIMIT_SENDS' | 'LIMIT_FRAMES'>,
  now: () => number,
): SessionTable & {
  trim(): void;
} {
  const users = new Map<string, User>();
  const user = (id: string): User => {
    let found = users.get(id);
    if (found) return found;
    found = {
      sessions: new Map(),
      sends: new TokenBucket(LIMIT_SENDS, now()),
      frames: new TokenBucket(LIMIT_FRAMES, now()),
    };
    users.set(id, found);
    return found;
  };
  return {
    of: (userId) => users.get(userId)?.sessions ?? none,
    sends: (userId) => user(userId).sends,
    frames: (userId) => user(userId).frames,
    add(session) {
      user(session.userId).sessions.set(session.deviceId, session);
      metrics.sessions.inc();
    },
    remove(session) {
      const sessions = users.get(session.userId)?.sessions;
      if (sessions?.get(session.deviceId) !== session) return;
      sessions.delete(session.deviceId);
      metrics.sessions.dec();
    },
    /** Forgets who has no session and a full bucket: coming back grants nothing. */
    trim() {
      for (const [id, { sessions, sends, frames }] of users) {
        if (sessions.size === 0 && sends.isFull(now()) && frames.isFull(now())) users.delete(id);
      }
    },
  };
}
