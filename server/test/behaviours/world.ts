// What a behaviour of broker destinations is shown with: sessions of one side (RabbitMQ's own STOMP port, or ours), and
// names that nobody else uses.
import { until } from '../../lib/backoff.ts';
import { newId } from '../../lib/id.ts';
import type { Frame } from '../../stomp/frame.ts';

/** What both kinds of sessions can do. */
export interface Talker {
  readonly frames: readonly Frame[];
  frame(command: string, headers?: Record<string, string>, body?: string | Buffer): void;
  readonly closed: unknown;
  close(): void;
}

export class Peer {
  readonly talker: Talker;
  #receipts = 0;

  constructor(talker: Talker) {
    this.talker = talker;
  }

  get messages(): Frame[] {
    return this.talker.frames.filter(({ command }) => command === 'MESSAGE');
  }

  get bodies(): string[] {
    return this.messages.map(({ body }) => body.toString('utf8'));
  }

  /** The next frame with this command and header value, from now on or before. */
  find(command: string, headers: Record<string, string> = {}): Frame | undefined {
    return this.talker.frames.find(
      (frame) =>
        frame.command === command &&
        Object.entries(headers).every(([name, value]) => frame.headers.get(name) === value),
    );
  }

  say(command: string, headers: Record<string, string> = {}, body: string | Buffer = ''): void {
    this.talker.frame(command, headers, body);
  }

  /** Sends it with a receipt; what comes of it: the receipt, or the end. */
  async ask(command: string, headers: Record<string, string> = {}, body: string | Buffer = ''): Promise<string> {
    const receipt = `ask-${++this.#receipts}`;
    this.say(command, { ...headers, receipt }, body);
    return until(`the answer to ${command} ${JSON.stringify(headers)}`, () => {
      if (this.find('RECEIPT', { 'receipt-id': receipt })) return 'RECEIPT';
      if (this.refusal(receipt)) return 'refusal';
      return this.find('ERROR') || this.talker.closed ? 'ERROR' : undefined;
    });
  }

  /** Ours only. */
  refusal(receipt: string): { code: string; message: string } | undefined {
    for (const { body, headers } of this.messages) {
      if (headers.get('destination') !== '/user/queue/refusals') continue;
      const refusal = JSON.parse(body.toString('utf8')) as { code: string; message: string; receipt?: string };
      if (refusal.receipt === receipt) return refusal;
    }
    return undefined;
  }

  async send(destination: string, body: string | Buffer = 'x', headers: Record<string, string> = {}): Promise<string> {
    return this.ask('SEND', { destination, ...headers }, body);
  }

  async subscribe(destination: string, headers: Record<string, string> = {}): Promise<string> {
    return this.ask('SUBSCRIBE', { id: `s-${++this.#receipts}`, destination, ...headers });
  }

  async awaitMessages(count: number): Promise<Frame[]> {
    await until(`${count} messages`, () => this.messages.length >= count);
    return this.messages;
  }

  acknowledge(message: Frame, command = 'ACK', headers: Record<string, string> = {}): Promise<string> {
    return this.ask(command, { id: message.headers.get('ack') ?? '', ...headers });
  }

  /** What RabbitMQ had to say before this is known: answered frames behind it. */
  async settle(): Promise<void> {
    await this.ask('BEGIN', { transaction: `settle-${this.#receipts}` });
    await this.ask('ABORT', { transaction: `settle-${this.#receipts - 1}` });
  }

  close(): void {
    this.talker.close();
  }
}

export class World {
  readonly #open: () => Promise<Talker>;
  readonly #peers: Peer[] = [];
  readonly unique = newId();

  constructor(open: () => Promise<Talker>) {
    this.#open = open;
  }

  /** Another session, connected. */
  async peer(): Promise<Peer> {
    const peer = new Peer(await this.#open());
    this.#peers.push(peer);
    return peer;
  }

  name(end = 'q'): string {
    return `${this.unique}-${end}`;
  }

  /** Text without the names, so that both sides' can be compared. */
  plain(text: string | undefined): string | undefined {
    return text?.replaceAll(this.unique, 'U');
  }

  close(): void {
    for (const peer of this.#peers) peer.close();
  }
}

/** What was observed, by name; compared between the two sides. */
export type Observations = Readonly<Record<string, unknown>>;
export type Behaviour = (world: World) => Promise<Observations>;
