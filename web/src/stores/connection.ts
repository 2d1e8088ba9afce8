// The STOMP session over its WebSocket: opened, kept, renewed, opened again. Knows frames and close codes; what the
// events mean is its user's business.
import { Client, type IMessage, ReconnectionTimeMode } from '@stomp/stompjs';
import { shallowReactive } from 'vue';
import type { Event } from '../../../server/contract/events.ts';
import type { LiveEvent } from '../../../server/contract/live.ts';
import { deviceId, deviceName, forgetDevice } from '../lib/device.ts';
import { accessToken, endSession, renewInMs, SignedOut } from './session.ts';

export interface Refusal {
  code: string;
  message: string;
  receipt?: string;
  clientMessageId?: string;
}

export interface ConnectionUser {
  /** A session has begun: what happened meanwhile is to be fetched, what waits is to be sent. */
  onReady: () => void;
  /** An event is acknowledged once this has resolved; one that fails comes again. */
  onEvent: (event: Event) => void | Promise<void>;
  /** What is of the moment: typing, presence. */
  onLive: (event: LiveEvent) => void;
  onRefusal: (refusal: Refusal) => void;
}

interface Connection {
  /** `elsewhere`: another window of this installation took over; `stopped`: the server does not want us back */
  state: 'closed' | 'connecting' | 'ready' | 'elsewhere' | 'stopped';
  /** what the browser thinks of the network */
  network: boolean;
  /** why it is `stopped` */
  reason: string;
}

export const connection = shallowReactive<Connection>({ state: 'closed', network: navigator.onLine, reason: '' });

const HEART_BEAT_MS = 10_000;
const RENEW_AGAIN_MS = 5_000;
const FIRST_RECONNECT_MS = 500;
const MAX_RECONNECT_MS = 10_000;

let user: ConnectionUser;
let socket: WebSocket | undefined;
let renewal: ReturnType<typeof setTimeout> | undefined;
let passcode = '';
let rejected: string | undefined;

const client = new Client({
  heartbeatIncoming: HEART_BEAT_MS,
  heartbeatOutgoing: HEART_BEAT_MS,
  reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
  maxReconnectDelay: MAX_RECONNECT_MS,
  connectionTimeout: 15_000,
  // a dead network would keep the closing handshake waiting
  discardWebsocketOnCommFailure: true,
  webSocketFactory: () => {
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/stomp`, ['v12.stomp', 'v11.stomp']);
    return socket;
  },
  beforeConnect: prepare,
  onConnect: begin,
  onWebSocketClose: closed,
});

/** Waits for a usable token: stompjs gives up for good when this throws, so it does not. */
async function prepare(): Promise<void> {
  connection.state = 'connecting';
  // not the same for everybody: a thousand clients should not all come back in the same moment
  client.reconnectDelay = FIRST_RECONNECT_MS * (1 + Math.random());
  for (let waitMs = client.reconnectDelay; client.active; waitMs = Math.min(waitMs * 2, MAX_RECONNECT_MS)) {
    try {
      passcode = await accessToken(rejected);
      rejected = undefined;
      client.connectHeaders = { passcode, 'device-id': deviceId(), 'device-name': deviceName(), 'device-kind': 'web' };
      return;
    } catch (error) {
      if (error instanceof SignedOut) return void client.deactivate();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function begin(): void {
  connection.state = 'ready';
  client.subscribe('/user/queue/refusals', (message) => user.onRefusal(JSON.parse(message.body) as Refusal));
  client.subscribe('/user/queue/live', (message) => user.onLive(JSON.parse(message.body) as LiveEvent));
  client.subscribe('/user/queue/events', receive, { ack: 'client-individual' });
  void scheduleRenewal();
  user.onReady();
}

async function receive(message: IMessage): Promise<void> {
  try {
    await user.onEvent(JSON.parse(message.body) as Event);
    message.ack();
  } catch {
    // not acknowledged (or no longer connected): it comes again
  }
}

/** contract §4: 4000-4499 mean come back, 4500-4999 do not. */
function closed({ code, reason }: { code: number; reason: string }): void {
  clearTimeout(renewal);
  socket = undefined;
  if (code === 4006) rejected = passcode;
  if (code < 4500 || code > 4999) {
    if (client.active) connection.state = 'connecting';
    return;
  }
  void client.deactivate();
  const end = endings[code];
  if (end) end();
  else stopped(reason || `The server closed the connection (${code}).`);
}

function stopped(reason: string): void {
  connection.state = 'stopped';
  connection.reason = reason;
}

const endings: Record<number, (() => void) | undefined> = {
  4501: () => void endSession('You were signed out. Please sign in again.'),
  4505: () => {
    connection.state = 'elsewhere';
  },
  4506: () => {
    forgetDevice();
    void endSession('This device was removed from your account.');
  },
};

async function scheduleRenewal(): Promise<void> {
  clearTimeout(renewal);
  const waitMs = await renewInMs();
  clearTimeout(renewal);
  renewal = setTimeout(renewInPlace, waitMs);
}

/** The session lives on with a new token (contract §4, /app/session/token). */
async function renewInPlace(): Promise<void> {
  try {
    const token = await accessToken();
    if (client.connected) publish('/app/session/token', { accessToken: token }, () => void scheduleRenewal());
    passcode = token;
  } catch (error) {
    if (error instanceof SignedOut) disconnect();
    else renewal = setTimeout(renewInPlace, RENEW_AGAIN_MS);
  }
}

/** Sends `body` if there is a session; `onReceipt` is called once the server has it for good. */
export function publish(
  destination: string,
  body: unknown,
  onReceipt?: () => void,
  receipt: string = crypto.randomUUID(),
): boolean {
  if (!client.connected) return false;
  if (onReceipt) client.watchForReceipt(receipt, onReceipt);
  client.publish({ destination, body: JSON.stringify(body), ...(onReceipt && { headers: { receipt } }) });
  return true;
}

export function connect(newUser: ConnectionUser): void {
  user = newUser;
  client.activate();
}

export function disconnect(): void {
  connection.state = 'closed';
  void client.deactivate();
}

/** Takes the session over from the other window. */
export function useHere(): void {
  connection.state = 'connecting';
  client.activate();
}

/** Tries now rather than when the wait is over. */
async function hurry(): Promise<void> {
  if (connection.state !== 'connecting' || socket) return;
  await client.deactivate({ force: true });
  client.activate();
}

addEventListener('online', () => {
  connection.network = true;
  void hurry();
});
addEventListener('offline', () => {
  connection.network = false;
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void hurry();
});

// A hidden page's timers are slowed to one a minute, and the server would miss our heart-beats; a worker's are not.
// (stompjs's own worker is made of a blob:, which the content security policy forbids.)
const pulse = new Worker(new URL('../lib/pulse.ts', import.meta.url), { type: 'module' });
pulse.addEventListener('message', () => {
  if (document.hidden && client.connected && socket?.readyState === WebSocket.OPEN) socket.send('\n');
});
