// A device of a member, or of somebody who may become one: an unmodified @stomp/stompjs client that comes back by itself
// and acknowledges what it has kept. A new one, and one that was told `missed`, reads history; what comes meanwhile waits.
import { Client, type IMessage } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { Event, MessageEvent } from '../../server/contract/events.ts';
import { sleep } from '../../server/lib/backoff.ts';
import { newId } from '../../server/lib/id.ts';
import type { Told } from './told.ts';

const RECONNECT_MS = 250;
const HEART_BEAT_MS = 5_000;
const FOR_GOOD = 4500;
/** to read history; what fails more often is complained of */
const TRIES = 20;

export interface DeviceOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly told: Told;
  readonly readHistory: () => Promise<MessageEvent[]>;
}

export class Device {
  readonly told: Told;
  /** it is there, or tries to be */
  present = false;
  connects = 0;
  reading = false;
  readonly #options: DeviceOptions;
  readonly #client: Client;
  readonly #waiting = new Map<string, (outcome: string) => void>();
  #turn: Promise<void> = Promise.resolve();
  /** it has never been here */
  #mustRead = true;
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.told = options.told;
    this.#options = options;
    this.#client = new Client({
      webSocketFactory: () => new WebSocket(options.url, ['v12.stomp']),
      connectHeaders: { passcode: options.token, 'device-id': options.name },
      reconnectDelay: RECONNECT_MS,
      heartbeatIncoming: HEART_BEAT_MS,
      heartbeatOutgoing: HEART_BEAT_MS,
      discardWebsocketOnCommFailure: true,
      onConnect: () => this.#begin(),
      onWebSocketClose: ({ code }: { code: number }) => {
        for (const answer of this.#waiting.values()) answer('gone');
        if (code >= FOR_GOOD && code < 5000) this.told.complaints.push(`${options.name} was closed with ${code}`);
      },
    });
  }

  get connected(): boolean {
    return this.present && this.#client.connected;
  }

  async come(): Promise<void> {
    this.present = true;
    await this.#leaving;
    if (this.present) this.#client.activate();
  }

  /** `abrupt`: nobody says good-bye. */
  leave(abrupt: boolean): Promise<void> {
    this.present = false;
    if (abrupt) this.#socket?.terminate();
    this.#leaving = this.#client.deactivate({ force: abrupt });
    return this.#leaving;
  }

  /** The network is gone, and there again at once. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** `receipt`, the code of a refusal, or `gone`: nobody knows. */
  send(destination: string, body: object): Promise<string> {
    if (!this.connected) return Promise.resolve('gone');
    const receipt = newId();
    return new Promise((resolve) => {
      const answer = (outcome: string) => {
        this.#waiting.delete(receipt);
        resolve(outcome);
      };
      this.#waiting.set(receipt, answer);
      this.#client.watchForReceipt(receipt, () => answer('receipt'));
      this.#client.publish({ destination, body: JSON.stringify(body), headers: { receipt } });
    });
  }

  get #socket(): WebSocket | undefined {
    return this.#client.webSocket as unknown as WebSocket | undefined;
  }

  #begin(): void {
    this.connects += 1;
    this.#client.subscribe('/user/queue/refusals', ({ body }) => {
      const { receipt, code } = JSON.parse(body) as { receipt?: string; code: string };
      this.#waiting.get(receipt ?? '')?.(code);
    });
    const subscribed = newId();
    this.#client.watchForReceipt(subscribed, () => {
      if (this.#mustRead) this.#turn = this.#turn.then(() => this.#read());
    });
    this.#client.subscribe(
      '/user/queue/events',
      (frame) => {
        // what comes before the subscription's receipt is newer than the device, too
        this.#turn = this.#turn.then(() => this.#take(frame));
      },
      { ack: 'client-individual', receipt: subscribed },
    );
  }

  async #take(frame: IMessage): Promise<void> {
    const event = JSON.parse(frame.body) as Event;
    if (event.type === 'missed') this.#mustRead = true;
    if (this.#mustRead) await this.#read();
    // what it could not read it has not got: it is told again in its next session
    if (this.#mustRead) return;
    this.told.take(event);
    if (this.#client.connected) frame.ack();
  }

  /** As often as it takes, for as long as it is here: a busy server refuses. */
  async #read(): Promise<void> {
    this.reading = true;
    for (let tries = 1; this.#mustRead && this.#client.connected; tries++) {
      try {
        this.told.takeHistory(await this.#options.readHistory());
        this.#mustRead = false;
      } catch (error) {
        if (tries === TRIES) this.told.complaints.push(`${this.#options.name}: ${(error as Error).message}`);
        await sleep(RECONNECT_MS);
      }
    }
    this.reading = false;
  }
}
