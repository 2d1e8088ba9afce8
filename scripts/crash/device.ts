// A device as a person has one: an unmodified @stomp/stompjs client that connects again by itself, an outbox from
// which everything without a receipt is sent again in every new session, and events that are acknowledged when seen.
import { Client, type IMessage } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { Event } from '../../server/contract/events.ts';
import type { Ledger } from './ledger.ts';

const RECONNECT_MS = 300;
const CONNECT_TIMEOUT_MS = 8_000;
const AGAIN_MS = 500;
/** Refusals that pass by themselves. */
const PASSING = new Set(['busy', 'too-many-sends']);

export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly to: { readonly user: string } | { readonly conversation: string };
  readonly text: string;
  readonly twice: boolean;
}

export interface DeviceOptions {
  readonly number: number;
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly ledger: Ledger;
}

export class Device {
  readonly #options: DeviceOptions;
  readonly #client: Client;
  readonly #outbox = new Map<string, { readonly entry: OutboxEntry; tries: number }>();
  #connected = false;
  #leaving: Promise<void> = Promise.resolve();
  /** why its sessions ended, by close code */
  readonly closes = new Map<number, number>();

  constructor(options: DeviceOptions) {
    const { url, token, name } = options;
    this.#options = options;
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(url, ['v12.stomp']),
      connectHeaders: { passcode: token, 'device-id': name },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      reconnectDelay: RECONNECT_MS,
      onConnect: () => this.#begin(),
      onWebSocketClose: ({ code }: { code: number }) => {
        this.#connected = false;
        this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
      },
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Connects, and stays: the client itself connects again. */
  async come(): Promise<void> {
    await this.#leaving;
    this.#client.activate();
  }

  /** `abrupt`: the network is gone, and nobody says good-bye. */
  leave(abrupt: boolean): Promise<void> {
    this.#connected = false;
    if (abrupt) (this.#client.webSocket as WebSocket | undefined)?.terminate();
    this.#leaving = this.#client.deactivate({ force: abrupt });
    return this.#leaving;
  }

  write(entry: OutboxEntry): void {
    this.#options.ledger.written += 1;
    this.#outbox.set(entry.clientMessageId, { entry, tries: 0 });
    this.#send(entry.clientMessageId);
    if (entry.twice) this.#send(entry.clientMessageId);
  }

  #begin(): void {
    this.#connected = true;
    this.#client.subscribe('/user/queue/refusals', (frame) => this.#refused(frame));
    this.#client.subscribe('/user/queue/events', (frame) => this.#event(frame), { ack: 'client-individual' });
    for (const id of this.#outbox.keys()) this.#send(id);
  }

  #send(id: string): void {
    const waiting = this.#outbox.get(id);
    if (!waiting || !this.#connected || !this.#client.connected) return;
    const { ledger } = this.#options;
    if (waiting.tries === 0) ledger.sent += 1;
    else ledger.resent += 1;
    waiting.tries += 1;
    const { clientMessageId, to, text } = waiting.entry;
    this.#client.watchForReceipt(id, () => {
      this.#outbox.delete(id);
      ledger.receipt(id);
    });
    this.#client.publish({
      destination: '/app/messages',
      headers: { receipt: id },
      body: JSON.stringify({ clientMessageId, to, kind: 'text', text }),
    });
  }

  #event(frame: IMessage): void {
    const event = JSON.parse(frame.body) as Event;
    if (event.type === 'message') this.#options.ledger.see(this.#options.number, event);
    frame.ack();
  }

  #refused({ body }: IMessage): void {
    const { code, message, clientMessageId } = JSON.parse(body) as Record<string, string>;
    if (clientMessageId && PASSING.has(code ?? '')) setTimeout(() => this.#send(clientMessageId), AGAIN_MS);
    else this.#options.ledger.refused.push(`${code}: ${message} (${clientMessageId})`);
  }
}
