// The examples of server/stomp/README.md, run as they stand, where their language is on this machine; and its table,
// whose every proof must exist.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { House, type Person } from './house.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'server/stomp/README.md'), 'utf8');

const exampleOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? expect.fail(`no example in ${language}`);

interface Language {
  /** answers 0 where the example can run */
  readonly present: readonly [string, ...string[]];
  readonly file: string;
  readonly command: readonly [string, ...string[]];
}

const languages: Readonly<Record<string, Language>> = {
  js: { present: ['node', '--version'], file: 'example.mjs', command: ['node'] },
  python: {
    present: ['/usr/bin/python3', '-c', 'import stomp, websocket'],
    file: 'example.py',
    command: ['/usr/bin/python3'],
  },
  java: { present: ['java', '--version'], file: 'Example.java', command: ['java'] },
};

describe('the page for users of STOMP', () => {
  let house: House;
  let folder: string;

  before(async () => {
    house = await House.open();
    // inside the project, so that an example finds the packages it names
    await fs.mkdir(path.join(root, '.data'), { recursive: true });
    folder = await fs.mkdtemp(path.join(root, '.data', 'examples-'));
  });
  after(async () => {
    await fs.rm(folder, { recursive: true });
    await house.close();
  });

  for (const [language, { present, file, command }] of Object.entries(languages)) {
    it(`has an example in ${language} that works`, async function () {
      const [tool, ...args] = present;
      const missing = await run(tool, args).then(
        () => false,
        () => true,
      );
      // throws
      if (missing) this.skip();
      const [alice, bob] = (await house.people(2)) as [Person, Person];
      const text = path.join(folder, file);
      await fs.writeFile(text, exampleOf(language));
      const env = {
        ...process.env,
        PARLEY: `ws://127.0.0.1:${house.config.PORT}`,
        ACCESS_TOKEN: await house.token(alice),
        USER_ID: bob.userId,
      };
      const [program, ...rest] = command;
      const { stdout } = await run(program, [...rest, text], { env, timeout: 40_000 });
      expect(stdout).to.match(/durable/);
      expect(stdout).to.match(/hello from/);
    });
  }

  it('claims nothing that no file shows', async () => {
    const table = /<!-- complaints -->([\s\S]*?)<!-- \/complaints -->/.exec(page)?.[1] ?? '';
    const proofs = [...table.matchAll(/\| `(server\/[^`]+)` \|/g)].map((match) => match[1] as string);
    expect(proofs.length).to.equal(table.trim().split('\n').length - 2);
    for (const proof of proofs) await fs.access(path.join(root, proof));
  });
});
