// The architecture, as tables: who may import whom, which room is the only door to a library, how long a file may
// be. Type-only imports count: what one must know the shape of, one depends on.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

/**
 * From the ground up. A room (a folder, or a file beside main.ts) imports from floors below its own, never from
 * its own floor and never from above; inside a room anything goes.
 */
const floors: readonly (readonly string[])[] = [
  ['lib'],
  ['contract', 'stomp'],
  ['errors.ts'],
  ['config.ts', 'door.ts'],
  ['log.ts', 'metrics.ts', 'keys.ts', 'db.ts'],
  ['broker', 'ring', 'media', 'links'],
  ['revocations.ts'],
  ['context.ts'],
  ['people'],
  // http above people: a route is handed the Identity that a token stood for
  ['http', 'chat'],
  ['auth', 'upms', 'chat-api', 'relay', 'worker', 'monitor', 'codegen', 'gateway'],
  ['roles.ts'],
  ['main.ts'],
];

/** Libraries, and what else lies outside of server/: the only rooms that may use them. Everything else is free. */
const doors: Readonly<Record<string, readonly string[]>> = {
  amqplib: ['broker'],
  stompit: ['broker'],
  ws: ['relay'],
  'oidc-provider': ['auth'],
  express: ['door.ts', 'http', 'gateway', 'auth', 'roles.ts'],
  'http-proxy-3': ['gateway'],
  sharp: ['media'],
  blurhash: ['media'],
  'file-type': ['media'],
  aws4fetch: ['media'],
  busboy: ['chat-api'],
  htmlparser2: ['links'],
  'ipaddr.js': ['links'],
  yazl: ['chat-api'],
  '@tus/server': ['chat-api'],
  '@tus/file-store': ['chat-api'],
  '@prisma/adapter-pg': ['db.ts'],
  'prisma/client': ['db.ts'],
  pg: [],
  jose: ['keys.ts', 'people'],
  '@node-rs/argon2': ['people'],
  pino: ['log.ts'],
  'prom-client': ['metrics.ts'],
  qrcode: ['chat'],
  'package.json': ['gateway', 'relay'],
  scripts: [],
  web: [],
};

/** The one reader of the environment. */
const ENVIRONMENT = 'server/config.ts';

/** Of code; and of tests, which tell a life in order or list cases. */
const LINES = { code: 300, test: 600 };
/** Longer, and why. */
const longer: Readonly<Record<string, string>> = {
  'server/config.ts': 'the table of settings',
  'server/relay/device.ts': 'the states of a device: one machine, of which every step must see the others',
};

type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly file: string;
  /** a path from the root, or a package's name */
  readonly of: string;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('server/test/');
const roomOf = (file: string) => file.split('/')[1] as string;
const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));

/** All sources of these folders, tests included. */
function read(...folders: string[]): Sources {
  const files = folders.flatMap((folder) =>
    fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const sources = files.filter((file) => /\.(ts|mjs|vue)$/.test(file)).map((file) => file.replaceAll('\\', '/'));
  return new Map(sources.map((file) => [file, fs.readFileSync(path.join(root, file), 'utf8')]));
}

/** Static and dynamic imports, re-exports, and types named by `import('…')`. */
function importsOf(sources: Sources): Import[] {
  return [...sources].flatMap(([file, text]) => {
    const scripts = file.endsWith('.vue') ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)] : [[text, text]];
    return scripts
      .flatMap(([, script]) => ts.preProcessFile(script as string).importedFiles)
      .map(({ fileName }) => ({ file, of: resolve(file, fileName) }));
  });
}

function resolve(file: string, name: string): string {
  if (name.startsWith('.')) return path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function climbing(sources: Sources): string[] {
  return importsOf(sources)
    .filter(({ file, of }) => {
      if (isTest(file) || !of.startsWith('server/') || roomOf(file) === roomOf(of)) return false;
      const [from, to] = [floorOf(roomOf(file)), floorOf(roomOf(of))];
      return from === -1 || to === -1 || to >= from;
    })
    .map(({ file, of }) => `${file} imports ${of}`);
}

function throughTheWall(sources: Sources): string[] {
  const thing = (of: string) => Object.keys(doors).find((name) => of === name || of.startsWith(`${name}/`));
  return importsOf(sources)
    .filter(({ file, of }) => {
      const name = thing(of);
      return !isTest(file) && name !== undefined && !doors[name]?.includes(roomOf(file));
    })
    .map(({ file, of }) => `${file} imports ${of}`);
}

function readingTheEnvironment(sources: Sources): string[] {
  const code = (text: string) => text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...sources.keys()].filter(
    (file) => !isTest(file) && file !== ENVIRONMENT && /process\s*\.\s*env\b/.test(code(sources.get(file) as string)),
  );
}

function reachingBeyondTheContract(sources: Sources): string[] {
  return importsOf(sources)
    .filter(({ of }) => /^(server|scripts|prisma)\//.test(of) && !of.startsWith('server/contract/'))
    .map(({ file, of }) => `${file} imports ${of}`);
}

const isLong = (file: string, text: string) => text.split('\n').length - 1 > LINES[isTest(file) ? 'test' : 'code'];

const tooLong = (sources: Sources): string[] =>
  [...sources.keys()].filter((file) => isLong(file, sources.get(file) as string) && !(file in longer));

describe('the floors', () => {
  const server = read('server');
  const web = read('web/src');
  const all = new Map([...server, ...web, ...read('scripts', 'prisma')].filter(([file]) => !isGenerated(file)));
  const withPlanted = (sources: Sources, file: string, text: string) => new Map([...sources, [file, text]]);

  it('are walked: every room has its floor, and imports are found', () => {
    const rooms = new Set([...server.keys()].filter((file) => !isTest(file)).map(roomOf));
    expect([...rooms].filter((room) => floorOf(room) === -1)).to.deep.equal([]);
    expect(importsOf(server).length).to.be.greaterThan(300);
  });

  it('are only imported downwards', () => {
    expect(climbing(server)).to.deep.equal([]);
    const planted: [string, string][] = [
      ['server/lib/planted.ts', "import { codes } from '../contract/errors.ts';"],
      ['server/chat/planted.ts', "import type { Session } from '../relay/session.ts';"],
      ['server/worker/planted.ts', "const { startRelay } = await import('../relay/relay.ts');"],
      ['server/broker/planted.ts', "export type { Context } from '../context.ts';"],
      ['server/stomp/planted.ts', "type E = import('../contract/errors.ts').Code;"],
      ['server/attic/planted.ts', "import { newId } from '../lib/id.ts';"],
    ];
    for (const [file, text] of planted) expect(climbing(withPlanted(server, file, text))).to.have.length(1);
  });

  it('have one door a library', () => {
    expect(throughTheWall(server)).to.deep.equal([]);
    const planted: [string, string][] = [
      ['server/worker/planted.ts', "import { connect } from 'amqplib';"],
      ['server/gateway/planted.ts', "import type { WebSocket } from 'ws';"],
      ['server/chat/planted.ts', "import { Prisma } from '../../prisma/client/client.ts';"],
      ['server/chat/planted.ts', "import { run } from '../../scripts/services/process.ts';"],
    ];
    for (const [file, text] of planted) expect(throughTheWall(withPlanted(server, file, text))).to.have.length(1);
  });

  it('have one reader of the environment', () => {
    expect(readingTheEnvironment(server)).to.deep.equal([]);
    const planted = withPlanted(server, 'server/chat/planted.ts', 'const { HOME } = process.env;');
    expect(readingTheEnvironment(planted)).to.have.length(1);
  });

  it('show the web client the contract and nothing else', () => {
    expect(importsOf(web).filter(({ of }) => of.startsWith('server/contract/'))).to.not.have.length(0);
    expect(reachingBeyondTheContract(web)).to.deep.equal([]);
    const script = `<script setup lang="ts">\nimport { newId } from '../../server/lib/id.ts';\n</script>`;
    expect(reachingBeyondTheContract(withPlanted(web, 'web/src/Planted.vue', script))).to.have.length(1);
  });

  it('have files that one can read', () => {
    expect(tooLong(all)).to.deep.equal([]);
    expect(tooLong(withPlanted(all, 'server/lib/planted.ts', '\n'.repeat(LINES.code + 1)))).to.have.length(1);
    const needless = Object.keys(longer).filter((file) => !isLong(file, all.get(file) ?? ''));
    expect(needless, 'listed, and short (or gone)').to.deep.equal([]);
  });
});

function isGenerated(file: string): boolean {
  return file.startsWith('prisma/client/');
}
