// One WebSocket and the STOMP session on it: octets to frames, frames to handlers, frames and closes back. Its parts:
// what is read (intake.ts), in which order frames are handled (turns.ts), what is written (outflow.ts), which receipts
// are owed (receipts.ts). What a frame means is the handlers' (commands.ts).
import type { WebSocket } from 'ws';
import type { Code } from '../contract/errors.ts';
import { codes } from '../contract/errors.ts';
import { ParleyError } from '../errors.ts';
import { newSecret } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import type { Identity } from '../people/access-token.ts';
import { checkFrame, type ClientFrame } from '../stomp/commands.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame, HeaderFields, Version } from '../stomp/frame.ts';
import { type HeartBeats, negotiateVersion, supportedVersions } from '../stomp/negotiate.ts';
import { FrameParser } from '../stomp/parser.ts';
import { StompError } from '../stomp/stomp-error.ts';
import { BrokerLeg } from './broker-leg/leg.ts';
import { handlers } from './commands.ts';
import { EventIds } from './event-ids.ts';
import { limitsOf } from './frame-limits.ts';
import { Intake } from './intake.ts';
import type { Device } from './device.ts';
import { Outflow } from './outflow.ts';
import { type OwedReceipt, Receipts } from './receipts.ts';
import { tellRefusal } from './refusal.ts';
import type { RelayRooms } from './rooms.ts';
import { Turns } from './turns.ts';

/** A subscription of this session. */
export interface Subscription {
  readonly id: string;
  readonly destination: string;
  readonly ack: 'auto' | 'client' | 'client-individual';
}

const CLOSE_GRACE_MS = 1000;

export class Session {
  /** Unpredictable: it is told to the client (CONNECTED's `session`). */
  readonly id = newSecret();
  readonly rooms: RelayRooms;
  readonly address: string;
  readonly openedAt: number;
  readonly subscriptions = new Map<string, Subscription>();
  readonly eventIds = new EventIds();
  readonly transactions = new Map<string, ClientFrame[]>();
  /** bytes of the frames in them */
  transactionBytes = 0;
  readonly #socket: WebSocket;
  readonly #parser: FrameParser;
  readonly #intake: Intake;
  readonly #turns: Turns;
  readonly #outflow: Outflow;
  readonly #receipts = new Receipts();
  #brokerLeg: BrokerLeg | undefined;
  #state: 'opened' | 'connecting' | 'connected' | 'closing' = 'opened';
  #heartBeats: HeartBeats = { sendAfterMs: undefined, goneAfterMs: undefined };
  #lastReadAt: number;
  /** no heart-beat is due before, in either direction */
  #beatDueAt = 0;
  #closeGrace: NodeJS.Timeout | undefined;
  /** refusals for sending too fast, less what was taken since */
  sendRefusals = 0;
  identity: Identity | undefined;
  device: Device | undefined;

  constructor(socket: WebSocket, rooms: RelayRooms, address: string) {
    const { config, clock } = rooms.context;
    this.#socket = socket;
    this.rooms = rooms;
    this.address = address;
    this.openedAt = this.#lastReadAt = clock.now();
    this.#parser = new FrameParser(limitsOf(config, config.CONNECT_BYTES));
    this.#intake = new Intake(socket, config, () => {
      this.#lastReadAt = clock.now();
    });
    this.#turns = new Turns(
      (frame) => this.#handle(frame),
      () => this.#intake.caughtUp(),
    );
    this.#outflow = new Outflow(socket, config, clock, () => this.#caughtUp());
    socket.on('message', (data) => this.#read(data as Buffer));
    // answered by ws
    socket.on('ping', () => this.#spend(1));
    socket.on('pong', () => this.#spend(1));
    socket.on('close', () => this.#release());
    // a peer that breaks the WebSocket protocol or its connection: 'close' follows
    socket.on('error', () => {});
  }

  get version(): Version {
    return this.#parser.version;
  }

  get userId(): string {
    return (this.identity as Identity).userId;
  }

  get deviceId(): string {
    return (this.device as Device).deviceId;
  }

  /** Its part that speaks to RabbitMQ. */
  get brokerLeg(): BrokerLeg {
    this.#brokerLeg ??= new BrokerLeg(this);
    return this.#brokerLeg;
  }

  get ended(): boolean {
    return this.#state === 'closing';
  }

  /** CONNECT succeeded. */
  connect(headers: HeaderFields, heartBeats: HeartBeats): void {
    if (this.#state === 'closing') return;
    this.#state = 'connected';
    this.#parser.limits = limitsOf(this.rooms.context.config);
    this.#heartBeats = heartBeats;
    this.send('CONNECTED', headers);
  }

  send(command: string, headers: HeaderFields, body?: string): void {
    this.write(encodeFrame(command, headers, body, this.version));
  }

  /** Writes an encoded frame, as text unless `binary`; closes a peer that does not read. */
  write(frame: Buffer, binary = false): void {
    if (!this.#outflow.write(frame, binary)) this.#cutSlow();
  }

  /** False while so much waits for the peer that its events had better wait where they are. */
  get writable(): boolean {
    return this.#outflow.writable;
  }

  #caughtUp(): void {
    this.device?.resume();
    this.#brokerLeg?.resume();
  }

  /** STOMP 1.2 "RECEIPT": the frame was processed. */
  receipt({ headers }: Frame): void {
    const receipt = headers.get('receipt');
    if (receipt !== undefined) this.send('RECEIPT', { 'receipt-id': receipt });
  }

  /** A frame whose processing takes time: DISCONNECT's receipt waits until its own is paid or dropped. */
  oweReceipt(frame: Frame): OwedReceipt {
    return this.#receipts.owe(() => this.receipt(frame));
  }

  receiptsDone(): Promise<void> {
    return this.#receipts.done();
  }

  /** Says no to a frame and keeps the session; without a subscription to the refusals it is only counted. */
  refuse(code: Code, detail: string, frame?: Frame, clientMessageId?: string): void {
    metrics.refusals.inc({ code });
    tellRefusal(this, { code, message: detail, receipt: frame?.headers.get('receipt'), clientMessageId });
  }

  /** Ends the session: ERROR with the reason, then close. */
  fault(code: Code, detail: string = codes[code].text, receipt?: string): void {
    if (this.#state === 'closing') return;
    const version = code === 'version-not-supported' ? { version: supportedVersions } : {};
    this.send(
      'ERROR',
      { ...version, message: detail, code, 'receipt-id': receipt, 'content-type': 'text/plain' },
      detail,
    );
    this.close(code);
  }

  close(code: Code): void {
    if (this.#state === 'closing') return;
    metrics.closes.inc({ code });
    this.rooms.context.log.info({ session: this.id, user: this.identity?.userId, code }, 'session closed');
    this.#end(codes[code].close ?? 4001, code);
  }

  /** The client said DISCONNECT: RFC 6455's normal closure. */
  finish(): void {
    this.#end(1000, 'bye');
  }

  /** Some login has ended: this session's? */
  checkLogin(): void {
    if (this.identity && this.rooms.context.revocations.refuses(this.identity)) this.fault('token-invalid');
  }

  /** Called now and then: what is due by time; for most of thousands of sessions that is nothing. */
  sweep(now: number): void {
    if (this.#state === 'closing' || this.#nothingDue(now)) return;
    const { config } = this.rooms.context;
    const { sendAfterMs, goneAfterMs } = this.#heartBeats;
    if (this.#state !== 'connected') {
      if (now - this.openedAt > config.CONNECT_MS) this.fault('connect-too-late');
    } else if ((this.identity as Identity).expiresAt <= now) {
      this.fault('token-expired');
    } else if (goneAfterMs !== undefined && now - this.#lastReadAt > goneAfterMs && !this.#intake.paused) {
      this.fault('heart-beat-missed');
    } else if (this.device && this.device.unacknowledgedFor(now) > config.ACK_MS) {
      this.fault('too-slow');
    } else if (this.#outflow.behindFor(now) > config.SLOW_READER_MS || !this.#outflow.beat(now, sendAfterMs)) {
      this.#cutSlow();
    } else {
      this.device?.sweep(now);
      this.#brokerLeg?.sweep(now);
      const goneAt = this.#lastReadAt + (goneAfterMs ?? Number.POSITIVE_INFINITY);
      this.#beatDueAt = Math.min(goneAt, this.#outflow.beatDueAt(sendAfterMs));
    }
  }

  #nothingDue(now: number): boolean {
    if (now >= this.#beatDueAt || now >= (this.identity?.expiresAt ?? 0)) return false;
    return this.device?.calm === true && this.#brokerLeg === undefined && this.#outflow.writable;
  }

  #read(data: Buffer): void {
    if (this.#state === 'closing') return;
    this.#lastReadAt = this.rooms.context.clock.now();
    let frames = 0;
    try {
      this.#parser.push(data, (frame) => {
        frames += 1;
        if (this.#state === 'opened') this.#open(frame);
        this.#turns.take(frame);
      });
    } catch (error) {
      this.#fail(error);
    }
    if (this.#turns.waiting > 0) this.#intake.waits(this.#turns.waiting, data.length);
    // a message without a frame is a heart-beat
    this.#spend(Math.max(1, frames));
  }

  /** Before CONNECT it is the bytes that are counted (relay/door.ts). */
  #spend(count: number): void {
    if (!this.identity || this.#state === 'closing') return;
    const { context, sessions } = this.rooms;
    this.#intake.rest(sessions.frames(this.userId).spend(count, context.clock.now()));
  }

  /** The first frame must be CONNECT or STOMP; the parser needs its version for the next frame already. */
  #open(frame: Frame): void {
    const { command, headers } = frame;
    if (command !== 'CONNECT' && command !== 'STOMP') {
      throw new StompError('protocol-error', 'the first frame must be CONNECT or STOMP', headers.get('receipt'));
    }
    this.#parser.version = negotiateVersion(headers.get('accept-version'));
    this.#state = 'connecting';
  }

  #handle(frame: Frame): Promise<void> | undefined {
    try {
      checkFrame(frame, this.version);
      metrics.frames(frame.command);
      return handlers[frame.command](this, frame)?.catch((error: unknown) => this.#fail(error, frame));
    } catch (error) {
      this.#fail(error, frame);
      return undefined;
    }
  }

  #fail(error: unknown, frame?: Frame): void {
    const receipt =
      frame?.command === 'CONNECT' || frame?.command === 'STOMP' ? undefined : frame?.headers.get('receipt');
    if (error instanceof StompError) return this.fault(error.code, error.message, error.receipt ?? receipt);
    if (error instanceof ParleyError) return this.fault(error.code, error.message, receipt);
    this.rooms.context.log.error({ err: error, session: this.id, command: frame?.command }, 'defect');
    this.fault('internal', undefined, receipt);
  }

  /** A peer that does not read cannot be told why. */
  #cutSlow(): void {
    this.close('too-slow');
    this.#socket.terminate();
  }

  #end(code: number, reason: string): void {
    this.#release();
    this.#socket.close(code, reason);
    this.#closeGrace = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
  }

  #release(): void {
    clearTimeout(this.#closeGrace);
    this.#state = 'closing';
    this.#parser.stop();
    this.#turns.clear();
    this.#intake.close();
    this.#receipts.close();
    this.#brokerLeg?.close();
    if (!this.device) return;
    if (this.rooms.sessions.of(this.userId).get(this.deviceId) === this) this.device.detach();
    this.rooms.sessions.remove(this);
    this.rooms.typing.leave(this);
    this.rooms.presence.leave(this);
  }
}
