// Somebody with an unmodified @stomp/stompjs client.
import { Client, type IFrame, type IMessage } from '@stomp/stompjs';
import { WebSocket } from 'ws';
import type { Event, MessageEvent } from '../contract/events.ts';
import { newId } from '../lib/id.ts';

export interface StompPeerOptions {
  readonly device?: string;
  /** default: client-individual, acknowledged at once */
  readonly ack?: 'auto' | 'client' | 'client-individual';
  /** false: keeps what comes and acknowledges nothing by itself */
  readonly acknowledge?: boolean;
  /** false: connected, but subscribed to nothing */
  readonly subscribe?: boolean;
  readonly headers?: Record<string, string>;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly receipt?: string;
  readonly clientMessageId?: string;
}

export class StompPeer {
  readonly client: Client;
  readonly events: Event[] = [];
  readonly frames: IMessage[] = [];
  readonly refusals: Refusal[] = [];
  connected: IFrame | undefined;
  /** the ERROR that ended the session */
  error: IFrame | undefined;
  closeCode: number | undefined;

  constructor(client: Client) {
    this.client = client;
  }

  get messages(): MessageEvent[] {
    return this.events.filter((event) => event.type === 'message');
  }

  /** Resolves with the receipt, or with the refusal. */
  send(body: unknown, destination = '/app/messages'): Promise<'receipt' | Refusal> {
    const receipt = newId();
    return new Promise((resolve) => {
      const refused = setInterval(() => {
        const refusal = this.refusals.find((one) => one.receipt === receipt);
        if (refusal) finish(refusal);
        else if (!this.client.connected) finish({ code: 'gone', message: 'the connection is gone' });
      }, 5);
      const finish = (outcome: 'receipt' | Refusal) => {
        clearInterval(refused);
        resolve(outcome);
      };
      this.client.watchForReceipt(receipt, () => finish('receipt'));
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      this.client.publish({ destination, body: text, headers: { receipt } });
    });
  }

  /** Sends a text; the clientMessageId is new unless given. */
  say(to: { user: string } | { conversation: string }, text: string, clientMessageId: string = newId()) {
    return this.send({ clientMessageId, to, kind: 'text', text });
  }

  /** Says good-bye as a client should. */
  async close(): Promise<void> {
    await this.client.deactivate();
  }

  /** The network is gone. */
  async cut(): Promise<void> {
    this.client.reconnectDelay = 0;
    const socket = this.client.webSocket as unknown as WebSocket;
    socket.terminate();
    await this.client.deactivate({ force: true });
  }
}

export async function stompPeer(url: string, token: string, options: StompPeerOptions): Promise<StompPeer> {
  const { device = 'd1', ack = 'client-individual', acknowledge = ack !== 'auto', subscribe = true } = options;
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
    connectHeaders: { passcode: token, 'device-id': device, ...options.headers },
    reconnectDelay: 0,
  });
  const peer = new StompPeer(client);
  await new Promise<void>((resolve, reject) => {
    client.onConnect = (frame) => {
      peer.connected = frame;
      if (!subscribe) return resolve();
      client.subscribe('/user/queue/refusals', ({ body }) => peer.refusals.push(JSON.parse(body) as Refusal));
      const ready = newId();
      client.watchForReceipt(ready, () => resolve());
      client.subscribe(
        '/user/queue/events',
        (message) => {
          peer.frames.push(message);
          peer.events.push(JSON.parse(message.body) as Event);
          if (acknowledge) message.ack();
        },
        { ack, receipt: ready },
      );
    };
    client.onStompError = (frame) => {
      peer.error = frame;
    };
    client.onWebSocketClose = (event: { code: number }) => {
      peer.closeCode = event.code;
      reject(new Error(`closed with ${event.code}: ${peer.error?.body ?? ''}`));
    };
    client.activate();
  });
  return peer;
}
