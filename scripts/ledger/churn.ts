// Who comes into the group and who goes, by which way, and what its owner changes: by REST, one thing a person at a time.
import type { MemberRole } from '../../server/contract/group.ts';
import type { Random } from '../chaos/random.ts';
import type { Book } from './book.ts';
import type { Crowd, Somebody } from './crowd.ts';
import type { Answer } from './rest.ts';

/** What a full group, an admin that is one no longer, and a busy server explain. */
const PASSING = new Set([
  'no-such-conversation',
  'group-full',
  'group-role-missing',
  'not-ready',
  'busy',
  'no-such-member',
  'no-such-request',
]);
const ADMINS = 3;
/** Of the changes so many bring somebody in, while the group is fuller than that, and while it is not. */
const ENTERS = { full: 0.85, over: 0.45, under: 0.75 };

export class Churn {
  readonly #crowd: Crowd;
  readonly #book: Book;
  readonly #random: Random;
  readonly #codes: string[] = [];
  #renamed = 0;

  constructor(crowd: Crowd, book: Book, random: Random) {
    this.#crowd = crowd;
    this.#book = book;
    this.#random = random;
  }

  /** Links that people come by, one of them with an admin's yes. */
  async begin(): Promise<void> {
    for (const approval of [false, true]) {
      const { status, body } = await this.#call(this.#crowd.owner, 'POST', '/invites', { approval });
      if (status !== 201) throw new Error(`no link was made: ${JSON.stringify(body)}`);
      this.#codes.push((body.url as string).split('/').at(-1) as string);
    }
  }

  async change(): Promise<void> {
    const what = this.#random.fraction();
    if (what < 0.1) return this.#role();
    if (what < 0.15) return this.#setting();
    const inside = this.#crowd.everybody.filter(({ isIn }) => isIn).length;
    const isFull = inside >= this.#crowd.places * ENTERS.full;
    const enters = this.#random.chance(isFull ? ENTERS.over : ENTERS.under);
    const free = this.#crowd.everybody.slice(1).filter(({ isIn, busy }) => !busy && isIn !== enters);
    if (free.length === 0) return;
    await this.#with(this.#random.pick(free), (somebody) => (enters ? this.#enter(somebody) : this.#exit(somebody)));
  }

  async #enter(somebody: Somebody): Promise<void> {
    const { userId, token } = somebody;
    if (this.#random.chance(0.5)) {
      const added = await this.#call(this.#admin(somebody), 'POST', '/members', { members: [userId] });
      if (!this.#passes('add', added)) return this.#ask(somebody);
      if (!added.body.invited.includes(userId)) return void (somebody.isIn = true);
      const path = `/group-invitations/${this.#crowd.conversation}/accept`;
      const accepted = await this.#crowd.call(token, 'POST', path);
      // who has refused once is left alone: she comes by a link some other time
      somebody.isIn = this.#passes('accept an invitation', accepted);
      return somebody.isIn ? undefined : this.#ask(somebody);
    }
    const joined = await this.#crowd.call(token, 'POST', `/invites/${this.#random.pick(this.#codes)}/join`);
    if (!this.#passes('join by a link', joined)) return this.#ask(somebody);
    somebody.isIn = joined.body.state === 'member';
    if (somebody.isIn) return;
    const accepted = await this.#call(this.#admin(somebody), 'POST', `/join-requests/${userId}/accept`);
    somebody.isIn = this.#passes('accept a request', accepted);
    if (!somebody.isIn) await this.#ask(somebody);
  }

  async #exit(somebody: Somebody): Promise<void> {
    const leaves = this.#random.chance(0.5);
    const gone = leaves
      ? await this.#call(somebody, 'DELETE', '')
      : await this.#call(this.#admin(somebody), 'DELETE', `/members/${somebody.userId}`);
    if (!this.#passes(leaves ? 'leave' : 'remove', gone)) return this.#ask(somebody);
    somebody.isIn = false;
    somebody.isAdmin = false;
  }

  async #role(): Promise<void> {
    const admins = this.#crowd.everybody.filter(({ isAdmin, busy }) => isAdmin && !busy);
    const plain = this.#crowd.everybody.slice(1).filter(({ isIn, isAdmin, busy }) => isIn && !isAdmin && !busy);
    const takes = admins.length >= ADMINS || plain.length === 0;
    if (takes && admins.length === 0) return;
    await this.#with(this.#random.pick(takes ? admins : plain), async (somebody) => {
      const give = (by: Somebody, to: Somebody, role: MemberRole) =>
        this.#call(by, 'PATCH', `/members/${to.userId}`, { role });
      const { owner } = this.#crowd;
      const given = await give(owner, somebody, takes ? 'member' : 'admin');
      if (!this.#passes('give a role', given)) return;
      somebody.isAdmin = !takes;
      if (takes || !this.#random.chance(0.3)) return;
      // the owner gives it away, and gets it back
      if (!this.#passes('give ownership away', await give(owner, somebody, 'owner'))) return;
      this.#passes('give ownership back', await give(somebody, owner, 'owner'));
    });
  }

  async #setting(): Promise<void> {
    const set = this.#random.chance(0.3)
      ? { history: this.#random.chance(0.5) ? 'all' : 'joining' }
      : { title: `ledger ${++this.#renamed}` };
    this.#passes('change a setting', await this.#call(this.#crowd.owner, 'PATCH', '', set));
  }

  /** Some admin, or the owner; another than herself. */
  #admin(but: Somebody): Somebody {
    const admins = this.#crowd.everybody.filter((one) => one.isAdmin && one.isIn && !one.busy && one !== but);
    return admins.length > 0 && !but.isAdmin && this.#random.chance(0.5)
      ? this.#random.pick(admins)
      : this.#crowd.owner;
  }

  async #with(somebody: Somebody, change: (somebody: Somebody) => Promise<void>): Promise<void> {
    somebody.busy = true;
    try {
      await change(somebody);
    } finally {
      somebody.busy = false;
    }
  }

  /** Nobody knows what became of it: the group does. */
  async #ask(somebody: Somebody): Promise<void> {
    const { status } = await this.#call(somebody, 'GET', '');
    somebody.isIn = status === 200;
    if (!somebody.isIn) somebody.isAdmin = false;
  }

  #call(by: Somebody, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#crowd.call(by.token, method, `/conversations/${this.#crowd.conversation}${path}`, body);
  }

  #passes(what: string, { status, body }: Answer): boolean {
    const isDone = status >= 200 && status < 300;
    this.#book.count(`${what}: ${isDone ? 'done' : body?.code}`);
    if (!isDone && !PASSING.has(body?.code)) {
      this.#book.complaints.push(`${what} was answered ${status} ${JSON.stringify(body)}`);
    }
    return isDone;
  }
}
