// What people say in the group, and what they do to what was said: each awaited, and written into the book.
import { newId } from '../../server/lib/id.ts';
import { sleep } from '../../server/lib/backoff.ts';
import type { Random } from '../chaos/random.ts';
import type { Book, Said } from './book.ts';
import type { Crowd, Somebody } from './crowd.ts';
import type { Device } from './device.ts';

/** Refusals that a member who is sent away, a message that is recalled, or a busy server explains. */
const PASSING = new Set([
  'no-such-conversation',
  'no-such-message',
  'message-recalled',
  'busy',
  'gone',
  'too-many-edits',
]);
const TRIES = 5;
const AGAIN_MS = 400;
const EMOJI = ['👍', '❤️', '😂', '🎉'];
/** A stranger tries now and then. */
const BY_ANYBODY = 0.05;
/** All that is said holds it. */
export const WORD = 'message';
/** Of the newest messages something is done to one. */
const NEWEST = 60;

export class Talk {
  readonly #crowd: Crowd;
  readonly #book: Book;
  readonly #random: Random;
  #number = 0;

  constructor(crowd: Crowd, book: Book, random: Random) {
    this.#crowd = crowd;
    this.#book = book;
    this.#random = random;
  }

  /** Somebody says something; without a receipt again, as the same message. */
  async say(): Promise<void> {
    const by = this.#someone();
    if (by) await this.#say(by.somebody, by.device, `${WORD} ${++this.#number}`);
  }

  /** The last word: its sender insists. */
  async last(somebody: Somebody): Promise<void> {
    await this.#say(somebody, somebody.devices[0] as Device, 'the end', 50);
  }

  /** Somebody edits or recalls what she has said, or reacts to what another has. */
  async act(): Promise<void> {
    const what = this.#random.fraction();
    if (what < 0.5) return this.#react();
    const some = [...this.#book.said.values()].slice(-NEWEST).filter(({ receipted }) => receipted >= 0);
    if (some.length === 0) return;
    const said = this.#random.pick(some);
    const somebody = this.#crowd.everybody.find(({ userId }) => userId === said.sender);
    const device = somebody?.devices.find(({ connected }) => connected);
    const place =
      device && [...device.told.known].findLast(([, { text }]) => text !== undefined && said.texts.includes(text));
    if (!device || !place) return;
    if (what < 0.9) await this.#edit(device, place[1].id, said);
    else await this.#recall(device, place[1].id, said);
  }

  async #say(somebody: Somebody, device: Device, text: string, tries = TRIES): Promise<void> {
    const said = this.#book.say(newId(), somebody.userId, text);
    const { clientMessageId } = said;
    let unknown = false;
    for (let n = 0; n < tries; n++) {
      const body = { clientMessageId, to: { conversation: this.#crowd.conversation }, kind: 'text', text };
      const outcome = this.#answered('say', await device.send('/app/messages', body));
      if (outcome === 'receipt') {
        said.receipted = Math.max(said.receipted, 0);
        return;
      }
      unknown ||= outcome === 'gone';
      if (outcome !== 'gone' && outcome !== 'busy') {
        said.refused = !unknown;
        return;
      }
      await sleep(AGAIN_MS);
    }
  }

  async #edit(device: Device, id: string, said: Said): Promise<void> {
    // one after the other: else nobody knows which was the last
    if (said.recallSent || said.texts.length > said.receipted + 1) return;
    const text = `${said.texts[0]}, edited ${said.texts.length}`;
    const place = said.texts.push(text) - 1;
    if (this.#answered('edit', await device.send('/app/messages/edit', { id, text })) === 'receipt')
      said.receipted = place;
  }

  async #recall(device: Device, id: string, said: Said): Promise<void> {
    said.recallSent = true;
    if (this.#answered('recall', await device.send('/app/messages/recall', { id })) === 'receipt')
      said.recallReceipted = true;
  }

  async #react(): Promise<void> {
    const by = this.#someone();
    const newest = by && [...by.device.told.known].slice(-NEWEST).filter(([, { text }]) => text !== undefined);
    if (!by || !newest?.length) return;
    const emoji = this.#random.chance(0.2) ? null : this.#random.pick(EMOJI);
    this.#answered('react', await by.device.send('/app/reactions', { id: this.#random.pick(newest)[1].id, emoji }));
  }

  #answered(what: string, outcome: string): string {
    this.#book.count(`${what}: ${outcome}`);
    if (outcome !== 'receipt' && !PASSING.has(outcome)) this.#book.complaints.push(`${what} was answered ${outcome}`);
    return outcome;
  }

  #someone(): { somebody: Somebody; device: Device } | undefined {
    const anybody = this.#random.chance(BY_ANYBODY);
    const there = this.#crowd.everybody.flatMap((somebody) => {
      const device = somebody.isIn || anybody ? somebody.devices.find(({ connected }) => connected) : undefined;
      return device ? [{ somebody, device }] : [];
    });
    return there.length === 0 ? undefined : this.#random.pick(there);
  }
}
