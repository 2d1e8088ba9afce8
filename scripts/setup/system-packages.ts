// The system's package managers: which commands install a program, and whether we may run them. The one place
// where Parley changes the machine.
import fs from 'node:fs/promises';
import path from 'node:path';
import { environmentWithout, run } from '../services/process.ts';

export type Program = 'rabbitmq' | 'chromium';

interface PackageManager {
  readonly tool: string;
  readonly refresh?: readonly string[];
  readonly install: readonly string[];
  readonly names: Readonly<Record<Program, string>>;
  /** brew refuses to run as root; the others need it. */
  readonly asRoot: boolean;
}

const managers: readonly PackageManager[] = [
  {
    tool: 'apt-get',
    refresh: ['apt-get', 'update', '-q'],
    // another program may hold dpkg's lock for a while
    install: ['apt-get', 'install', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends'],
    names: { rabbitmq: 'rabbitmq-server', chromium: 'chromium' },
    asRoot: true,
  },
  {
    tool: 'dnf',
    install: ['dnf', 'install', '-q', '-y', '--setopt=install_weak_deps=False'],
    names: { rabbitmq: 'rabbitmq-server', chromium: 'chromium' },
    asRoot: true,
  },
  {
    tool: 'apk',
    install: ['apk', 'add', '--no-cache'],
    names: { rabbitmq: 'rabbitmq-server', chromium: 'chromium' },
    asRoot: true,
  },
  {
    tool: 'brew',
    install: ['brew', 'install', '--quiet'],
    names: { rabbitmq: 'rabbitmq', chromium: 'chromium' },
    asRoot: false,
  },
];

export interface Powers {
  /** The tools in the PATH. */
  readonly tools: ReadonlySet<string>;
  readonly root: boolean;
  /** sudo that asks for no password. */
  readonly sudo: boolean;
}

/** The commands that install `program` here, or undefined when there is no manager that we may use. */
export function installCommands(program: Program, { tools, root, sudo }: Powers): string[][] | undefined {
  const manager = managers.find(({ tool, asRoot }) => tools.has(tool) && (asRoot ? root || sudo : !root));
  if (!manager) return undefined;
  const elevate = manager.asRoot && !root ? ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive'] : [];
  const commands = [...(manager.refresh ? [manager.refresh] : []), [...manager.install, manager.names[program]]];
  return commands.map((command) => [...elevate, ...command]);
}

/** What keeps a service that came with a package from running: we start our own node, on its ports. */
export function quietCommands(service: string, { tools, root, sudo }: Powers): string[][] {
  if (!root && !sudo) return [];
  const elevate = root ? [] : ['sudo', '-n'];
  const commands = tools.has('systemctl')
    ? [['systemctl', 'disable', '--now', service]]
    : [
        ['invoke-rc.d', service, 'stop'],
        ['update-rc.d', service, 'disable'],
      ].filter(([tool = '']) => tools.has(tool));
  return commands.map((command) => [...elevate, ...command]);
}

/** Installs it and says undefined, or says why not. */
export async function install(program: Program, service?: string): Promise<string | undefined> {
  const powers = await powersHere();
  const commands = installCommands(program, powers);
  if (!commands) return 'no package manager may be used here (it needs root, or sudo without a password)';
  for (const command of commands) {
    const { code, output } = await execute(command);
    // an index that cannot be refreshed in all its parts may still be good enough
    if (code !== 0 && command !== commands.at(-1)) continue;
    if (code !== 0) return `"${command.join(' ')}" failed: ${output.split('\n').at(-1) ?? ''}`;
  }
  // where no init system runs, these fail, and nothing was started either
  if (service) for (const command of quietCommands(service, powers)) await execute(command);
  return undefined;
}

const execute = async ([command = '', ...args]: readonly string[]) =>
  run(command, args, { env: environmentWithout(/^npm_/i, { DEBIAN_FRONTEND: 'noninteractive' }) }).catch(
    (error: Error) => ({ code: 1, output: error.message }),
  );

async function powersHere(): Promise<Powers> {
  const names = [...managers.map(({ tool }) => tool), 'sudo', 'systemctl', 'invoke-rc.d', 'update-rc.d'];
  const found = await Promise.all(names.map(async (name) => ((await which(name)) ? name : '')));
  const tools = new Set(found.filter(Boolean));
  const root = process.getuid?.() === 0;
  const sudo = !root && tools.has('sudo') && (await execute(['sudo', '-n', 'true'])).code === 0;
  return { tools, root, sudo };
}

/** The full path of the first of these programs that is in the PATH. */
export async function which(...names: string[]): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
  for (const file of names.flatMap((name) => folders.map((folder) => path.join(folder, name)))) {
    const usable = await fs.access(file, fs.constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
}
