// What may go wrong in a run, by name, and what it goes wrong with. How it is done is strikes.ts's.

export type Target = 'relay' | 'worker' | 'RabbitMQ' | 'alarms' | 'PostgreSQL' | 'clients' | 'everything';

/** `lasts`: for as long as the plan says; the others are over when what was struck has been started again. */
interface Row {
  readonly target: Target;
  readonly lasts?: true;
}

const table = {
  'kill the relay': { target: 'relay' },
  'restart the relay': { target: 'relay' },
  'freeze the relay': { target: 'relay', lasts: true },

  'kill the worker': { target: 'worker' },
  'restart the worker': { target: 'worker' },
  'freeze the worker': { target: 'worker', lasts: true },

  'kill RabbitMQ': { target: 'RabbitMQ' },
  'restart RabbitMQ': { target: 'RabbitMQ' },
  'freeze RabbitMQ': { target: 'RabbitMQ', lasts: true },
  'fill the memory of RabbitMQ': { target: 'alarms', lasts: true },
  'fill the disk of RabbitMQ': { target: 'alarms', lasts: true },

  'kill PostgreSQL': { target: 'PostgreSQL' },
  'kill a backend of PostgreSQL': { target: 'PostgreSQL' },
  'shut PostgreSQL down at once': { target: 'PostgreSQL' },
  'freeze PostgreSQL': { target: 'PostgreSQL', lasts: true },
  'freeze the backends of PostgreSQL': { target: 'PostgreSQL', lasts: true },

  'cut clients off': { target: 'clients' },
  'let clients vanish': { target: 'clients' },
  'let clients stop reading': { target: 'clients', lasts: true },
  'let clients stop acknowledging': { target: 'clients', lasts: true },

  'cut the power': { target: 'everything' },
} as const satisfies Record<string, Row>;

export type FaultKind = keyof typeof table;
export const faultKinds: Readonly<Record<FaultKind, Row>> = table;
export const allKinds = Object.keys(table) as FaultKind[];

/** A broker in a container has no process here that could be struck. */
export const withoutBroker: readonly FaultKind[] = allKinds.filter(
  (kind) => !['RabbitMQ', 'alarms', 'everything'].includes(faultKinds[kind].target),
);

/** Two may strike at once unless one would be in the other's way. */
export function mayMeet(one: FaultKind, other: FaultKind): boolean {
  const [a, b] = [faultKinds[one].target, faultKinds[other].target];
  const both = new Set([a, b]);
  if (both.has('everything') || both.size === 1) return false;
  return !(both.has('RabbitMQ') && both.has('alarms'));
}
