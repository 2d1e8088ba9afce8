// Telling people that somebody has another name, picture or about: the first change at once, those that follow shortly
// after it together. What it told last is what is so; a process that dies in between leaves others with the older one
// until they read it again.
import type { Context } from '../context.ts';
import type { ProfileEvent } from '../contract/events.ts';
import { announce } from './announce.ts';
import { personColumns } from './people.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'config'>;

/** conversations that are looked at, the most recently active first */
const CONVERSATIONS = 200;

/* $1: who, $2: largest group, $3: most people. Contacts come first. */
const AUDIENCE = `
SELECT known.id FROM (
  SELECT id, bool_or(is_contact) AS is_contact FROM (
    SELECT to_id AS id, true AS is_contact FROM contact WHERE from_id = $1 AND state = 'accepted'
    UNION ALL SELECT from_id, true FROM contact WHERE to_id = $1 AND state = 'accepted'
    UNION ALL SELECT m.user_id, false FROM (
      SELECT c.id FROM member mine JOIN conversation c ON c.id = mine.conversation_id
      WHERE mine.user_id = $1 ORDER BY c.active_at DESC LIMIT ${CONVERSATIONS}
    ) c JOIN member m ON m.conversation_id = c.id
    WHERE (SELECT count(*) FROM member n WHERE n.conversation_id = c.id) <= $2::int
  ) all_known GROUP BY id
) known
WHERE known.id <> $1
  AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = $1 AND b.blocked_id = known.id)
  AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = known.id AND b.blocked_id = $1)
ORDER BY known.is_contact DESC, known.id LIMIT $3::int`;

interface Resting {
  readonly timer: NodeJS.Timeout;
  /** it has changed since it was told */
  news: boolean;
}

export class ProfileNews {
  readonly #context: Rooms;
  readonly #resting = new Map<string, Resting>();

  constructor(context: Rooms) {
    this.#context = context;
  }

  /** Resolves when it is told, or put off. */
  async changed(userId: string): Promise<void> {
    const resting = this.#resting.get(userId);
    if (resting) resting.news = true;
    else await this.#tell(userId);
  }

  /** Tells what was put off. */
  async close(): Promise<void> {
    const news = [...this.#resting].filter(([, resting]) => resting.news);
    for (const { timer } of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    await Promise.all(news.map(([userId]) => this.#publish(userId)));
  }

  #tell(userId: string): Promise<void> {
    const timer = setTimeout(() => {
      const { news } = this.#resting.get(userId) as Resting;
      this.#resting.delete(userId);
      if (news) void this.#tell(userId);
    }, this.#context.config.PROFILE_INTERVAL_MS);
    this.#resting.set(userId, { timer, news: false });
    return this.#publish(userId);
  }

  async #publish(userId: string): Promise<void> {
    const { db, config, log } = this.#context;
    try {
      const person = await db.user.findUnique({ where: { id: userId }, select: personColumns });
      if (!person) return;
      const { PRESENCE_GROUP, PROFILE_PEOPLE } = config;
      const rows = await db.$queryRawUnsafe<{ id: string }[]>(AUDIENCE, userId, PRESENCE_GROUP, PROFILE_PEOPLE);
      const { kind, displayName, about, avatar } = person;
      const event: ProfileEvent = { type: 'profile', user: userId, kind, displayName, about, avatar };
      await announce(this.#context, { events: [{ to: [userId, ...rows.map(({ id }) => id)], event }] });
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'a changed profile was not told');
    }
  }
}
