// A device as a person has one: an unmodified @stomp/stompjs client that connects again by itself, an outbox from
// which everything without a receipt is sent again in every new session, and events that are acknowledged when seen.
import { Client, type IMessage, ReconnectionTimeMode } from '@stomp/stompjs';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Event } from '../../server/contract/events.ts';
import { type Backoff, backoffMs } from '../../server/lib/backoff.ts';
import type { Ledger } from './ledger.ts';
import { CLIENT_HEART_BEAT_MS } from './settings.ts';

const RECONNECT_MS = { first: 200, longest: 2_000 };
const CONNECT_TIMEOUT_MS = 5_000;
/** After a refusal that passes. */
const AGAIN: Backoff = { firstMs: 500, maxMs: 4_000 };
/** Of a device that acknowledges many at once. */
const TOGETHER = { events: 20, ms: 100 };
/** Refusals that pass by themselves. */
const PASSING = new Set(['busy', 'too-many-sends']);
/** From here on a close code says: do not come back (the contract, §4). */
const FOR_GOOD = 4500;

export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly to: { readonly user: string } | { readonly conversation: string };
  readonly text: string;
  readonly twice: boolean;
  readonly once: boolean;
}

export interface DeviceOptions {
  readonly number: number;
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly cumulative: boolean;
  readonly ledger: Ledger;
}

export class Device {
  readonly number: number;
  /** what it sends until it has the receipt */
  readonly outbox = new Map<string, OutboxEntry>();
  /** it is there, or tries to be */
  present = false;
  connected = false;
  /** how often it has come */
  visits = 0;
  readonly #options: DeviceOptions;
  readonly #client: Client;
  #unacknowledged: IMessage[] = [];
  #mute = false;
  /** refused for now: sent again when the pause is over */
  readonly #refusals = new Set<string>();
  #pause: NodeJS.Timeout | undefined;
  #pauses = 0;
  #due: NodeJS.Timeout | undefined;
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: DeviceOptions) {
    const { url, token, name } = options;
    this.number = options.number;
    this.#options = options;
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(url, ['v12.stomp']),
      connectHeaders: { passcode: token, 'device-id': name },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      reconnectDelay: RECONNECT_MS.first,
      maxReconnectDelay: RECONNECT_MS.longest,
      reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
      heartbeatIncoming: CLIENT_HEART_BEAT_MS,
      heartbeatOutgoing: CLIENT_HEART_BEAT_MS,
      // a peer that is not heard any more does not answer a close either
      discardWebsocketOnCommFailure: true,
      onConnect: () => this.#begin(),
      onWebSocketClose: ({ code }: { code: number }) => this.#ended(code),
    });
  }

  /** Where its connection leaves from. */
  get port(): number | undefined {
    return this.#tcp?.localPort;
  }

  /** Connects, and stays: the client itself connects again. */
  async come(): Promise<void> {
    this.present = true;
    this.visits += 1;
    await this.#leaving;
    if (this.present) this.#client.activate();
  }

  /** `abrupt`: the network is gone, and nobody says good-bye. */
  leave(abrupt: boolean): Promise<void> {
    this.present = false;
    this.connected = false;
    clearTimeout(this.#due);
    this.#endPause();
    if (abrupt) this.#socket?.terminate();
    this.#leaving = this.#client.deactivate({ force: abrupt });
    return this.#leaving;
  }

  write(entry: OutboxEntry): void {
    if (entry.once) return this.#send(entry);
    this.outbox.set(entry.clientMessageId, entry);
    if (this.#pause) {
      this.#refusals.add(entry.clientMessageId);
      return;
    }
    this.#send(entry);
    if (entry.twice) this.#send(entry);
  }

  /** Reads nothing from now on, or again. */
  stall(on: boolean): void {
    if (on) this.#tcp?.pause();
    else this.#tcp?.resume();
  }

  /** Acknowledges nothing from now on, or again. */
  mute(on: boolean): void {
    this.#mute = on;
    if (!on) this.#acknowledge();
  }

  get #socket(): WebSocket | undefined {
    return this.#client.webSocket as WebSocket | undefined;
  }

  get #tcp(): Socket | undefined {
    return (this.#socket as unknown as { _socket?: Socket } | undefined)?._socket;
  }

  #begin(): void {
    this.connected = true;
    // those of an earlier session come again
    this.#unacknowledged = [];
    this.#endPause();
    const ack = this.#options.cumulative ? 'client' : 'client-individual';
    this.#client.subscribe('/user/queue/refusals', (frame) => this.#refused(frame));
    this.#client.subscribe('/user/queue/events', (frame) => this.#event(frame), { ack });
    for (const entry of this.outbox.values()) this.#send(entry);
  }

  #ended(code: number): void {
    this.connected = false;
    if (code >= FOR_GOOD && code < 5000) this.#complain(`was told not to come back: ${code}`);
  }

  #send(entry: OutboxEntry): void {
    if (!this.connected || !this.#client.connected) return;
    const { ledger } = this.#options;
    const { clientMessageId, to, text } = entry;
    ledger.send(clientMessageId);
    this.#client.watchForReceipt(clientMessageId, () => {
      this.outbox.delete(clientMessageId);
      this.#pauses = 0;
      ledger.receipt(clientMessageId);
    });
    this.#client.publish({
      destination: '/app/messages',
      headers: { receipt: clientMessageId },
      body: JSON.stringify({ clientMessageId, to, kind: 'text', text }),
    });
  }

  #event(frame: IMessage): void {
    const event = JSON.parse(frame.body) as Event;
    if (event.type === 'message') this.#options.ledger.see(this.number, event);
    this.#unacknowledged.push(frame);
    if (!this.#options.cumulative || this.#unacknowledged.length >= TOGETHER.events) this.#acknowledge();
    else if (this.#unacknowledged.length === 1) this.#due = setTimeout(() => this.#acknowledge(), TOGETHER.ms);
  }

  #acknowledge(): void {
    clearTimeout(this.#due);
    if (this.#mute || !this.connected) return;
    const frames = this.#unacknowledged;
    this.#unacknowledged = [];
    if (this.#options.cumulative) frames.at(-1)?.ack();
    else for (const frame of frames) frame.ack();
  }

  #refused({ body }: IMessage): void {
    const { code, message, clientMessageId = '' } = JSON.parse(body) as Record<string, string>;
    if (!PASSING.has(code ?? '')) return this.#complain(`was refused ${clientMessageId}: ${code}, ${message}`);
    this.#options.ledger.waits += 1;
    this.#refusals.add(clientMessageId);
    this.#pause ??= setTimeout(() => this.#sendRefused(), backoffMs(AGAIN, this.#pauses++));
  }

  #sendRefused(): void {
    const again = [...this.#refusals];
    this.#endPause();
    for (const id of again) {
      const entry = this.outbox.get(id);
      if (entry) this.#send(entry);
    }
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#refusals.clear();
  }

  #complain(what: string): void {
    this.#options.ledger.complaints.push(`device ${this.number} ${what}`);
  }
}
