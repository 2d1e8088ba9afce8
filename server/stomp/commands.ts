// What a client may say: every client command, what it needs in which version, and the check of a frame against
// that. Whether a destination or a transaction exists is not known here.
import type { Frame, Version } from './frame.ts';
import { quote, StompError } from './stomp-error.ts';

interface Command {
  /** Headers it requires. A list in a list: one of them will do. An absent version does not know the command. */
  readonly requires: Partial<Record<Version, readonly (string | readonly string[])[]>>;
  /** Headers with few values. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** STOMP 1.1 and 1.2: only SEND (of the client's) may have one. */
  readonly body?: true;
  /** May be part of a transaction: carries a `transaction` header at will. */
  readonly transaction?: true;
}

const inEveryVersion = (...requires: string[]): Command['requires'] => ({
  '1.0': requires,
  '1.1': requires,
  '1.2': requires,
});

/** 1.2 acknowledges by the MESSAGE's `ack` header; before, by its id, and in 1.1 its subscription too. */
const ackHeaders = { '1.1': ['message-id', 'subscription'], '1.2': ['id'] } as const;

const table = {
  // `host` is REQUIRED of a client, but there are no virtual hosts here and stompjs sends none; without
  // `accept-version` it is a 1.0 client
  CONNECT: { requires: inEveryVersion() },
  STOMP: { requires: inEveryVersion() },
  SEND: { requires: inEveryVersion('destination'), body: true, transaction: true },
  SUBSCRIBE: {
    requires: { '1.0': ['destination'], '1.1': ['destination', 'id'], '1.2': ['destination', 'id'] },
    // client-individual came with 1.1, but RabbitMQ takes it from 1.0 clients, and nothing is lost by it
    values: { ack: ['auto', 'client', 'client-individual'] },
  },
  UNSUBSCRIBE: { requires: { '1.0': [['id', 'destination']], '1.1': ['id'], '1.2': ['id'] } },
  ACK: { requires: { '1.0': ['message-id'], ...ackHeaders }, transaction: true },
  NACK: { requires: ackHeaders, transaction: true },
  BEGIN: { requires: inEveryVersion('transaction') },
  COMMIT: { requires: inEveryVersion('transaction') },
  ABORT: { requires: inEveryVersion('transaction') },
  DISCONNECT: { requires: inEveryVersion() },
} as const satisfies Record<string, Command>;

export type ClientCommand = keyof typeof table;
export const clientCommands: Readonly<Record<ClientCommand, Command>> = table;

/** A frame that passed `checkFrame`. */
export type ClientFrame = Frame & { readonly command: ClientCommand };

const isClientCommand = (command: string): command is ClientCommand => Object.hasOwn(table, command);

/** Throws a StompError that names what `version` misses in the frame, with the frame's receipt. */
export function checkFrame(frame: Frame, version: Version): asserts frame is ClientFrame {
  const { command, headers, body } = frame;
  const row = isClientCommand(command) ? clientCommands[command] : undefined;
  const required = row?.requires[version];
  if (!row || !required) throw fault(frame, `STOMP ${version} has no client command ${quote(command)}`);
  for (const need of required) {
    const names = typeof need === 'string' ? [need] : need;
    if (!names.some((name) => headers.has(name))) {
      throw fault(frame, `${command} needs the header ${names.join(' or ')} in STOMP ${version}`);
    }
  }
  for (const name in row.values) {
    const value = headers.get(name);
    const allowed = row.values[name]!;
    if (value !== undefined && !allowed.includes(value)) {
      throw fault(frame, `${command} takes no ${quote(value)} as ${name}, but ${allowed.join(', ')}`);
    }
  }
  // STOMP 1.2 "Body". 1.0 says of SUBSCRIBE's only that it is ignored
  if (body.length > 0 && !row.body && version !== '1.0') throw fault(frame, `${command} must not have a body`);
}

function fault({ command, headers }: Frame, message: string): StompError {
  // STOMP 1.2 "Header receipt": any client frame other than CONNECT
  const connects = command === 'CONNECT' || command === 'STOMP';
  return new StompError('protocol-error', message, connects ? undefined : headers.get('receipt'));
}
