// What a run found, for people to read, and what is kept of it in the data folder.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Outcome, StruckFault } from './run.ts';

const SHOWN = 10;

export function summaryOf({ options, world, evidence, faults, seconds }: Outcome): Record<string, string | number> {
  const { ledger, plan } = world;
  const stored = [...evidence.stored.values()].reduce((sum, { events }) => sum + events.length, 0);
  const unreceipted = [...ledger.entries.values()].filter(({ receipted }) => !receipted);
  return {
    seed: options.seed,
    seconds: seconds.toFixed(0),
    faults: faults.length,
    users: options.users,
    devices: plan.devices.length,
    conversations: plan.conversations.length,
    absences: plan.absences.length,
    messages: ledger.entries.size,
    receipted: ledger.receipted,
    'never receipted': unreceipted.length,
    'stored in the database': stored,
    'sent again': ledger.resent,
    'refused for a while': ledger.waits,
    'seen, all devices': ledger.seenCount,
    'duplicates, all devices': ledger.duplicates,
  };
}

interface KindRow {
  readonly count: number;
  readonly longestMs: number;
}

/** By kind, two at once being a kind of their own. */
export function byKind(faults: readonly StruckFault[]): Map<string, KindRow> {
  const rows = new Map<string, KindRow>();
  for (const { kinds, recoverMs } of faults) {
    const kind = kinds.length > 1 ? 'two at once' : (kinds[0] as string);
    const { count, longestMs } = rows.get(kind) ?? { count: 0, longestMs: 0 };
    rows.set(kind, { count: count + 1, longestMs: Math.max(longestMs, recoverMs) });
  }
  return rows;
}

export function report(outcome: Outcome): string {
  const summary = Object.entries(summaryOf(outcome)).map(([name, value]) => `${name.padEnd(36)} ${value}`);
  const kinds = [...byKind(outcome.faults)]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([kind, { count, longestMs }]) =>
        `${kind.padEnd(36)} ${String(count).padStart(3)}  ${(longestMs / 1000).toFixed(1).padStart(6)} s`,
    );
  const peaks = [...outcome.peaks].map(([name, mib]) => `${name.padEnd(36)} ${mib.toFixed(0)} MiB`);
  return [
    summary,
    [`${'fault'.padEnd(36)} how often, longest time to catch up`, ...kinds],
    ['peak memory', ...peaks],
    [verdict(outcome.problems)],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** The first of what is wrong, in detail. */
export function verdict(problems: Outcome['problems']): string {
  if (problems.size === 0) return 'Nothing was lost, doubled, forged or disordered.';
  const sections = [...problems].map(([sentence, found]) => {
    const more = found.length > SHOWN ? [`… and ${found.length - SHOWN} more`] : [];
    return [`BROKEN: ${sentence} (${found.length})`, ...found.slice(0, SHOWN), ...more].join('\n  ');
  });
  return sections.join('\n');
}

/** The ledger, as one JSON a line: faults, problems, messages, and what each device saw in its order. Gives the file. */
export async function keep(folder: string, { world, evidence, faults, problems }: Outcome): Promise<string> {
  const file = path.join(folder, 'ledger.jsonl');
  const { ledger } = world;
  const stored = new Map(
    [...evidence.stored.values()].flatMap(({ events }) =>
      events.map((event) => [event.clientMessageId, event] as const),
    ),
  );
  const handle = await fs.open(file, 'w');
  try {
    const write = (line: unknown) => handle.write(`${JSON.stringify(line)}\n`);
    for (const fault of faults) await write({ fault });
    for (const [sentence, found] of problems) await write({ sentence, found });
    for (const { text, ...entry } of ledger.entries.values()) {
      const { seq, id } = stored.get(entry.clientMessageId) ?? {};
      await write({ message: { ...entry, text: text.slice(0, 20), seq, id } });
    }
    for (const [number, owner] of evidence.devices.entries()) {
      const seen = [...(ledger.logs[number]?.seen ?? [])].map((id) => {
        const event = ledger.events.get(id);
        return `${event?.clientMessageId} ${event?.conversation}#${event?.seq}`;
      });
      await write({ device: number, ...owner, seen });
    }
  } finally {
    await handle.close();
  }
  return file;
}
