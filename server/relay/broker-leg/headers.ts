// Lets headers pass between a client and RabbitMQ, by the tables of contract/broker-headers.ts; everything else is left
// out. What a header does, and whether it may, is access.ts's.
import {
  APPLICATION_HEADER,
  type HeaderTable,
  messageProperties,
  receivedNames,
  reservedHeaders,
} from '../../contract/broker-headers.ts';
import { ParleyError } from '../../errors.ts';
import type { Headers } from '../../stomp/frame.ts';
import { quote } from '../../stomp/stomp-error.ts';

const received: ReadonlySet<string> = new Set(Object.keys({ ...messageProperties, ...receivedNames }));

const isApplications = (name: string): boolean =>
  APPLICATION_HEADER.test(name) &&
  !reservedHeaders.has(name.toLowerCase()) &&
  // clients keep headers in plain objects, and some die of these
  !(name in Object.prototype);

/** Those of the table that the frame has. Error: `header-invalid`. */
export function pick(headers: Headers, table: HeaderTable): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, { needs, takes, spaced }] of Object.entries(table)) {
    const value = headers.get(name);
    if (value === undefined) continue;
    // the plugin strips some, and trips over a space in others
    const stripped = spaced ? value : value.replace(/^ +| +$/g, '');
    if (!takes(stripped)) {
      throw new ParleyError('header-invalid', `The header ${name} is ${quote(value)}, but it takes ${needs}.`);
    }
    picked[name] = stripped;
  }
  return picked;
}

/** What a SEND says of its message. Error: `header-invalid`. */
export function messageHeaders(headers: Headers): Record<string, string> {
  const fields = pick(headers, messageProperties);
  headers.forEach((name, value) => {
    if (isApplications(name)) fields[name] ??= value;
  });
  return fields;
}

/** What a client is told of a MESSAGE. */
export function receivedHeaders(headers: Headers): Record<string, string> {
  const fields: Record<string, string> = {};
  headers.forEach((name, value) => {
    if (received.has(name) || isApplications(name)) fields[name] ??= value;
  });
  return fields;
}
