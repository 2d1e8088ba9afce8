// A CPU profile in V8's form as two short lists: the functions that take the time, and the lines of ours on whose
// behalf they do (what a library, Node or the system does counts for the nearest function of ours above it).
import fs from 'node:fs/promises';

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const OURS = /\/((?:server|scripts)\/[^?]*)/;
const LIBRARY = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/;
const AT_MOST = 25;

export const INTERVAL_MICROS = 250;
/** A sample that comes late says that the thread had no core meanwhile, not that a function took so long. */
const LONGEST = 2 * INTERVAL_MICROS;
/** Waiting for work, and the profiler itself. */
const NO_WORK = new Set(['(idle)', 'dispatch']);

function place({ callFrame: { url } }: Node): string {
  return LIBRARY.exec(url)?.[1] ?? OURS.exec(url)?.[1] ?? url;
}

const isOurs = ({ callFrame: { url } }: Node) => OURS.test(url) && !LIBRARY.test(url);
const label = (node: Node) => `${node.callFrame.functionName || '(anonymous)'} ${place(node)}`.trim();

export async function summaryOf(file: string): Promise<string> {
  const { nodes, samples, timeDeltas } = JSON.parse(await fs.readFile(file, 'utf8')) as Profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const self = new Map<string, number>();
  const behalf = new Map<string, number>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const node = byId.get(id) as Node;
    if (NO_WORK.has(node.callFrame.functionName)) continue;
    const time = Math.min(LONGEST, timeDeltas[i] as number);
    total += time;
    add(self, label(node), time);
    let above: Node | undefined = node;
    while (above && !isOurs(above)) above = byId.get(parents.get(above.id) ?? -1);
    add(behalf, above ? label(above) : `none of ours: ${label(node)}`, time);
  }
  return [
    ...listOf('Functions by their own time, of the time not idle', self, total),
    ...listOf('Functions of ours, with what libraries and the system do for them', behalf, total),
  ].join('\n');
}

const add = (sums: Map<string, number>, key: string, value: number) => sums.set(key, (sums.get(key) ?? 0) + value);

function listOf(title: string, sums: ReadonlyMap<string, number>, total: number): string[] {
  const rows = [...sums].toSorted(([, a], [, b]) => b - a).slice(0, AT_MOST);
  return [title, ...rows.map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(6)} %  ${name}`)];
}
