// Somebody with an unmodified @stomp/stompjs client who chats as a client should: with heart-beats, with receipts,
// saying again what has none, and coming back whenever the connection is gone.
import { Client } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { Event, MessageEvent } from '../../server/contract/events.ts';
import { newId } from '../../server/lib/id.ts';
import type { Person } from './trial.ts';

interface Said {
  readonly clientMessageId: string;
  readonly body: string;
  readonly saidAt: number;
}

export class Chatter {
  readonly person: Person;
  /** By id, in the order in which each was seen first. */
  readonly seen = new Map<string, MessageEvent>();
  /** clientMessageIds. */
  readonly receipted = new Set<string>();
  readonly problems: string[] = [];
  /** From the SEND to its first MESSAGE, of one's own messages, in milliseconds. */
  readonly delays: number[] = [];
  connects = 0;
  repeats = 0;
  readonly #conversation: string;
  readonly #client: Client;
  readonly #unreceipted = new Map<string, Said>();
  readonly #saidAt = new Map<string, number>();

  constructor(url: string, person: Person, conversation: string, heartBeatMs: number) {
    this.person = person;
    this.#conversation = conversation;
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
      connectHeaders: { passcode: person.token, 'device-id': 'd1' },
      reconnectDelay: 250,
      // one that hears nothing any more gets no answer to its close either
      discardWebsocketOnCommFailure: true,
      heartbeatIncoming: heartBeatMs,
      heartbeatOutgoing: heartBeatMs,
      onConnect: () => this.#connected(),
    });
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  get pending(): number {
    return this.#unreceipted.size;
  }

  come(): void {
    this.#client.activate();
  }

  async leave(): Promise<void> {
    await this.#client.deactivate();
  }

  say(text: string): void {
    const clientMessageId = newId();
    const body = JSON.stringify({ clientMessageId, to: { conversation: this.#conversation }, kind: 'text', text });
    const said = { clientMessageId, body, saidAt: Date.now() };
    this.#unreceipted.set(clientMessageId, said);
    this.#saidAt.set(clientMessageId, said.saidAt);
    if (this.connected) this.#send(said);
  }

  /** The network is gone. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Nothing comes any more: only heart-beats can tell. */
  stall(): void {
    const { _socket: tcp } = (this.#socket ?? {}) as { _socket?: { pause(): void } };
    tcp?.pause();
  }

  get #socket(): WebSocket | undefined {
    return this.#client.webSocket as unknown as WebSocket | undefined;
  }

  #connected(): void {
    this.connects += 1;
    this.#client.subscribe('/user/queue/refusals', ({ body }) => this.problems.push(`refused: ${body}`));
    const ready = newId();
    this.#client.watchForReceipt(ready, () => {
      for (const said of this.#unreceipted.values()) this.#send(said);
    });
    this.#client.subscribe(
      '/user/queue/events',
      (message) => {
        this.#take(JSON.parse(message.body) as Event);
        message.ack();
      },
      { ack: 'client-individual', receipt: ready },
    );
  }

  #send({ clientMessageId, body }: Said): void {
    const receipt = newId();
    this.#client.watchForReceipt(receipt, () => {
      this.#unreceipted.delete(clientMessageId);
      this.receipted.add(clientMessageId);
    });
    this.#client.publish({ destination: '/app/messages', body, headers: { receipt } });
  }

  #take(event: Event): void {
    // of an earlier conversation comes what was not acknowledged before a cut
    if (event.type !== 'message' || event.conversation !== this.#conversation) return;
    if (this.seen.has(event.id)) {
      this.repeats += 1;
      return;
    }
    this.seen.set(event.id, event);
    const saidAt = this.#saidAt.get(event.clientMessageId);
    if (event.sender === this.person.userId && saidAt !== undefined) this.delays.push(Date.now() - saidAt);
    this.#saidAt.delete(event.clientMessageId);
  }
}

/** What breaks the promise: all that was receipted was seen by all, once by id, gapless and in order. */
export function broken(chatters: readonly Chatter[]): string[] {
  const problems = chatters.flatMap((chatter) => chatter.problems);
  const receipted = chatters.flatMap((chatter) => [...chatter.receipted]);
  for (const [number, { seen, pending }] of chatters.entries()) {
    if (pending > 0) problems.push(`${number}: ${pending} messages have no receipt`);
    const ids = [...seen.values()].map(({ clientMessageId }) => clientMessageId);
    const known = new Set(ids);
    if (known.size < ids.length) problems.push(`${number}: ${ids.length - known.size} messages have two ids`);
    const missing = receipted.filter((id) => !known.has(id)).length;
    if (missing > 0) problems.push(`${number}: ${missing} receipted messages never came`);
    const seqs = [...seen.values()].map(({ seq }) => seq);
    const wrong = seqs.findIndex((seq, i) => seq !== i + 1);
    if (wrong >= 0) problems.push(`${number}: seq ${seqs[wrong]} came as number ${wrong + 1}`);
  }
  return problems;
}

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
