// The MUSTs that no session with this server can show, and why; and those it keeps otherwise, on purpose.
import type { Version } from '../../stomp/frame.ts';
import { newer } from './clause.ts';

export interface Elsewhere {
  readonly paragraph: string;
  readonly versions: readonly Version[];
  readonly says: string;
  readonly why: string;
}

const row = (paragraph: string, versions: readonly Version[], says: string, why: string): Elsewhere => ({
  paragraph,
  versions,
  says,
  why,
});

export const elsewhere: readonly Elsewhere[] = [
  row(
    'CONNECT or STOMP Frame',
    newer,
    'clients MUST set accept-version and host',
    "a client's duty; without the first it is a 1.0 client, and there are no virtual hosts here, so that host is ignored",
  ),
  row('Protocol Negotiation', newer, 'CONNECT MUST include accept-version', "a client's duty, as above"),
  row(
    'SUBSCRIBE ack Header',
    newer,
    'in the mode client the client MUST send ACK frames',
    "a client's duty; one that never does gets no more than LIVE_WINDOW events, and they come again (device.test.ts)",
  ),
  row(
    'DISCONNECT',
    newer,
    'clients MUST NOT send frames after it',
    "a client's duty; they are not read (relay.test.ts)",
  ),
  row(
    'Heart-beating',
    newer,
    'the client MUST send data at least every MAX(cx, sy) ms',
    "a client's duty; that it is closed otherwise is shown above",
  ),
  row('Value Encoding', newer, 'the reverse transformation MUST be applied by clients too', "a client's duty"),
  row(
    'Connection Lingering',
    ['1.2'],
    'the connection is reset after a short time',
    'the close of a WebSocket is a handshake: the peer has CLOSE_GRACE_MS for its half, and TCP is its own affair',
  ),
  row(
    'SEND',
    newer,
    'a SEND that cannot be processed MUST meet ERROR and the close',
    'on purpose otherwise for what is well-formed but not allowed, not valid or too much: a refusal, a MESSAGE on /user/queue/refusals, keeps the session; the frame gets no receipt (refusals.test.ts)',
  ),
  row(
    'SUBSCRIBE',
    newer,
    'one that cannot be created MUST meet ERROR and the close',
    'on purpose otherwise for a second one to the same destination of our own, and where the broker cannot take one just now: a refusal (refusals.test.ts)',
  ),
  row(
    'SEND',
    newer,
    'user defined headers MUST be passed through',
    'on purpose otherwise on /app, where the body is the message; and on broker destinations for names with a meaning in STOMP, AMQP or here (broker-leg/headers.ts)',
  ),
  row(
    'BEGIN',
    newer,
    'handled atomically',
    'that a broker dies in the middle cannot be staged by a frame; what is promised over both legs is said in handlers/commit.ts',
  ),
];
