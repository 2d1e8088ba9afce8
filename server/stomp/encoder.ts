// Frames in, octets out, with one allocation a frame. A MESSAGE that goes to many is prepared once: what all its
// receivers share is encoded once a version and copied behind the few headers that differ.
import { escape, escapeName, escapingOf } from './escape.ts';
import { type HeaderFields, Headers, type Version } from './frame.ts';

/** STOMP 1.2 "Heart-beating": what is sent when there is no frame to send. */
export const heartBeat: Buffer = Buffer.from('\n');

const nothing = Buffer.alloc(0);

/**
 * content-length is written wherever there is a body, in front, and is never taken from `fields`: a wrong one
 * would let a body pass for frames.
 */
export function encodeFrame(
  command: string,
  fields: HeaderFields,
  body: Buffer | string = nothing,
  version: Version,
): Buffer {
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const head = `${command}\n${lengthLine(bodyBytes)}${lines(command, fields, version)}\n`;
  const headBytes = Buffer.byteLength(head);
  const octets = Buffer.allocUnsafe(headBytes + bodyBytes + 1);
  octets.write(head, 'utf8');
  if (typeof body === 'string') octets.write(body, headBytes, 'utf8');
  else body.copy(octets, headBytes);
  octets[headBytes + bodyBytes] = 0;
  return octets;
}

/** A MESSAGE but for its receiver. */
export class PreparedMessage {
  readonly #fields: Headers;
  readonly #body: Buffer;
  readonly #shared = new Map<Version, Buffer>();

  constructor(fields: HeaderFields, body: Buffer) {
    this.#fields = Headers.from(fields);
    this.#body = body;
  }

  /**
   * The frame for one subscription. `ack` only where the subscription acknowledges and the version is 1.2 (STOMP 1.2
   * "MESSAGE"). Its own headers stand in front, so none of the shared ones can pass for them.
   */
  for(version: Version, subscription: string, messageId: string, ack?: string): Buffer {
    const own =
      `MESSAGE\nsubscription:${escape(subscription, version)}\nmessage-id:${escape(messageId, version)}\n` +
      (ack === undefined ? '' : `ack:${escape(ack, version)}\n`);
    const shared = this.#sharedFor(version);
    const ownBytes = Buffer.byteLength(own);
    const octets = Buffer.allocUnsafe(ownBytes + shared.length);
    octets.write(own, 'utf8');
    shared.copy(octets, ownBytes);
    return octets;
  }

  #sharedFor(version: Version): Buffer {
    let shared = this.#shared.get(version);
    if (!shared) {
      const head = `${lengthLine(this.#body.length)}${lines('MESSAGE', this.#fields, version)}\n`;
      shared = Buffer.concat([Buffer.from(head), this.#body, Buffer.alloc(1)]);
      this.#shared.set(version, shared);
    }
    return shared;
  }
}

/** `fields`: `destination` and whatever else all receivers get. */
export const prepareMessage = (fields: HeaderFields, body: Buffer): PreparedMessage =>
  new PreparedMessage(fields, body);

const lengthLine = (bytes: number): string => (bytes > 0 ? `content-length:${bytes}\n` : '');

function lines(command: string, fields: HeaderFields, version: Version): string {
  const escaping = escapingOf(command, version);
  let text = '';
  Headers.from(fields).forEach((name, value) => {
    if (name !== 'content-length') text += `${escapeName(name, escaping)}:${escape(value, escaping)}\n`;
  });
  return text;
}
