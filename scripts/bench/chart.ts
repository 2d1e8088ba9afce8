// A drawing of a run, as SVG: for each scenario and load a bar of each target, and how many times better Parley is.
// Its colours follow the reader's light or dark; it brings its own ground, so that they fit wherever it is shown.
import { median } from './median.ts';
import { roundsOf } from './report.ts';
import type { Round } from './run.ts';
import type { Scenario } from './scenarios.ts';
import { headlineOf } from './sheets.ts';
import { type TargetName, targetNames, targets } from './targets.ts';

const WIDTH = 900;
const MARGIN = 24;
const LABELS = 300;
const BARS = 320;
const BAR = 16;
const ROW = 2 * BAR + 22;
const HEAD = 84;

const STYLE = `
.ground { fill: #ffffff } text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .faint { fill: #59636e } .ratio { font-weight: 600 }
.parley { fill: #0969da } .web-stomp { fill: #9a6700 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #f0f6fc } .faint { fill: #9198a1 }
.parley { fill: #4493f8 } .web-stomp { fill: #d29922 }
}`;

interface Bar {
  readonly target: TargetName;
  readonly value: number;
  readonly text: string;
}

interface Group {
  readonly title: string;
  readonly what: string;
  readonly bars: readonly Bar[];
  /** how many times better Parley is; undefined where there is nothing to compare */
  readonly ratio: number | undefined;
}

export function groupsOf(scenarios: readonly Scenario[], rounds: readonly Round[]): Group[] {
  return scenarios.flatMap(({ name, kind }) => {
    const own = rounds.filter(({ scenario }) => scenario === name);
    return [...new Set(own.map(({ load }) => load))].map((load) => {
      const { key, head, show, better } = headlineOf(kind, load);
      const worded = (value: number) =>
        head.endsWith(' ms') ? `${head.slice(0, -2)}${show(value)} ms` : `${show(value)} ${head}`;
      const bars = targetNames.flatMap((target): Bar[] => {
        const values = roundsOf(own, load, target).map(({ figures }) => figures[key] ?? 0);
        const value = median(values);
        return values.length > 0 ? [{ target, value, text: worded(value) }] : [];
      });
      const [mine, theirs] = targetNames.map((target) => bars.find((bar) => bar.target === target)?.value);
      const known = mine !== undefined && theirs !== undefined && mine > 0 && theirs > 0;
      const ratio = known ? (better === 'more' ? mine / theirs : theirs / mine) : undefined;
      return { title: `${name}, ${load}`, what: better === 'more' ? 'more is better' : 'less is better', bars, ratio };
    });
  });
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x: number, y: number, content: string, kind = '') =>
  `<text x="${x}" y="${y}"${kind ? ` class="${kind}"` : ''}>${escaped(content)}</text>`;

function legend(): string {
  return targetNames
    .map((target, i) => {
      const x = MARGIN + LABELS + 110 * i;
      return `<rect x="${x}" y="${HEAD - 28}" width="12" height="12" rx="2" class="${target}"/>${text(x + 18, HEAD - 17, targets[target].title)}`;
    })
    .join('\n');
}

function drawn({ title, what, bars, ratio }: Group, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const rows = bars.map(({ target, value, text: shown }, i) => {
    const [x, y] = [MARGIN + LABELS, top + i * (BAR + 2)];
    const width = Math.max(2, (BARS * value) / most).toFixed(1);
    const after = x + Number(width) + 8;
    return `<rect x="${x}" y="${y}" width="${width}" height="${BAR}" rx="2" class="${target}"/>${text(after, y + 13, shown)}`;
  });
  const label = [text(MARGIN, top + 13, title), text(MARGIN, top + BAR + 15, what, 'faint')];
  const times = ratio === undefined ? '' : text(WIDTH - MARGIN - 62, top + BAR + 5, `${ratio.toFixed(1)} ×`, 'ratio');
  return [...label, ...rows, times].join('\n');
}

/** `title` stands above. */
export function chartOf(title: string, groups: readonly Group[]): string {
  const height = HEAD + groups.length * ROW + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title).replaceAll('"', '&quot;')}">
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>
${text(MARGIN, 32, title, 'title')}
${legend()}
${text(WIDTH - MARGIN - 130, HEAD - 17, 'Parley is better by', 'faint')}
${groups.map((group, i) => drawn(group, HEAD + 8 + i * ROW)).join('\n')}
</svg>
`;
}
