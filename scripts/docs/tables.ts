// The tables of README that are made from code: the settings (server/config.ts), the codes (server/contract/errors.ts)
// and the differences from RabbitMQ's own STOMP port (server/test/behaviours/differences.ts), each between two markers.
// Text in, text out.
import { settings } from '../../server/config.ts';
import { codes } from '../../server/contract/errors.ts';
import { differences } from '../../server/test/behaviours/differences.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const settingsTable = (): string =>
  table(
    ['variable', 'default', 'meaning'],
    Object.entries(settings).map(([name, { fallback, meaning }]) => [
      `\`${name}\``,
      fallback === '' ? 'empty' : `\`${fallback}\``,
      meaning,
    ]),
  );

const codesTable = (): string =>
  table(
    ['code', 'REST', 'refusal', 'close', 'meaning'],
    Object.entries(codes).map(([code, { status, refusal, close, text }]) => [
      `\`${code}\``,
      String(status ?? ''),
      refusal ? 'yes' : '',
      String(close ?? ''),
      text,
    ]),
  );

const differencesTable = (): string =>
  table(
    ['what', "RabbitMQ's STOMP port", '`/stomp`', 'why'],
    differences.map(({ what, rabbitmq, parley, why }) => [what, rabbitmq, parley, why]),
  );

const tables: Readonly<Record<string, () => string>> = {
  differences: differencesTable,
  settings: settingsTable,
  codes: codesTable,
};

/** The text with every table as the code has it. */
export function withTables(text: string): string {
  return Object.entries(tables).reduce((before, [name, make]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!marked.test(before)) throw new Error(`there are no markers <!-- ${name} --> and <!-- /${name} -->`);
    return before.replace(marked, (_, begin: string, end: string) => `${begin}${make()}\n${end}`);
  }, text);
}
