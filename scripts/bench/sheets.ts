// How the rounds of each kind of scenario are shown: which figures, in which words. The first column is the one that
// speaks for the scenario: its spread is shown, and a bar of it drawn, unless the load says of itself what counts.
import type { Scenario } from './scenarios.ts';

export interface Column {
  /** of Round.figures */
  readonly key: string;
  readonly head: string;
  readonly show: (value: number) => string;
}

export interface Sheet {
  /** what the CPU is counted for */
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly columns: readonly [Column, ...Column[]];
  /** of loads that are named so: another figure is drawn, of which less is better */
  readonly except?: { readonly load: RegExp; readonly key: string };
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const short = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(1) : whole(value));

export const sheets: Readonly<Record<Scenario['kind'], Sheet>> = {
  messages: {
    unit: 'delivery',
    better: 'more',
    // how much is given
    except: { load: /open loop$/, key: 'p99Ms' },
    columns: [
      { key: 'deliveriesPerSecond', head: 'deliveries/s', show: whole },
      { key: 'receiptsPerSecond', head: 'receipts/s', show: whole },
      { key: 'p50Ms', head: 'p50 ms', show: short },
      { key: 'p99Ms', head: 'p99 ms', show: short },
      { key: 'receiptP99Ms', head: 'receipt p99 ms', show: short },
    ],
  },
  away: {
    unit: 'copy',
    better: 'more',
    columns: [
      { key: 'queuedPerSecond', head: 'copies/s', show: whole },
      { key: 'messagesPerSecond', head: 'messages/s', show: whole },
      { key: 'receiptP50Ms', head: 'receipt p50 ms', show: short },
      { key: 'receiptP99Ms', head: 'receipt p99 ms', show: short },
    ],
  },
  drain: {
    unit: 'event',
    better: 'less',
    columns: [
      { key: 'ms', head: 'all after ms', show: whole },
      { key: 'firstMs', head: 'first after ms', show: short },
      { key: 'eventsPerSecond', head: 'events/s', show: whole },
    ],
  },
  idle: {
    unit: 'session and second',
    better: 'less',
    columns: [
      { key: 'stackKib', head: 'KiB/session', show: short },
      { key: 'parleyKib', head: 'in parley', show: short },
      { key: 'inUseKib', head: 'in use there', show: short },
      { key: 'brokerKib', head: 'in broker', show: short },
      { key: 'postgresKib', head: 'in postgres', show: short },
      { key: 'cpuPercent', head: 'CPU % of a core', show: short },
    ],
  },
  connect: {
    unit: 'session',
    better: 'more',
    except: { load: /^storm/, key: 'allMs' },
    columns: [
      { key: 'perSecond', head: 'sessions/s', show: whole },
      { key: 'allMs', head: 'all after ms', show: whole },
      { key: 'p50Ms', head: 'p50 ms', show: short },
      { key: 'p99Ms', head: 'p99 ms', show: short },
      { key: 'failed', head: 'failed tries', show: whole },
    ],
  },
  history: {
    unit: 'page',
    better: 'less',
    columns: [
      { key: 'p99Ms', head: 'p99 ms', show: short },
      { key: 'p50Ms', head: 'p50 ms', show: short },
      { key: 'mostMs', head: 'most ms', show: short },
      { key: 'perSecond', head: 'pages/s', show: whole },
    ],
  },
};

/** What speaks for a load, and whether more of it is better. */
export function headlineOf(kind: Scenario['kind'], load: string): Column & Pick<Sheet, 'better'> {
  const { columns, better, except } = sheets[kind];
  const other = except?.load.test(load) ? columns.find(({ key }) => key === except.key) : undefined;
  return other ? { ...other, better: 'less' } : { ...columns[0], better };
}
