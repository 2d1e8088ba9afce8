// Under which account the embedded PostgreSQL runs. It refuses to be root; started by root it becomes another
// user, who must be able to reach the binaries and the data folder.
import fs from 'node:fs/promises';
import os from 'node:os';
import { OperatorError } from '../../server/errors.ts';
import { type Ended, run } from './process.ts';

export interface Account {
  /** Hands a file or folder to the account. */
  own(path: string): Promise<void>;
  run(command: string, args: readonly string[], input?: string): Promise<Ended>;
}

// nothing of ours: PG* variables would lead the programs astray, and messages must be readable for us
const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
const options = (input?: string) => ({ cwd: os.tmpdir(), env, ...(input === undefined ? {} : { input }) });

const sameAccount: Account = {
  own: async () => {},
  run: (command, args, input) => run(command, args, options(input)),
};

/** Chooses the account: the owner of `data` where there is one; `paths` are what it must be able to reach. */
export async function accountFor(data: string, paths: readonly string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return sameAccount;
  const owner = await fs.stat(data).catch(() => undefined);
  const { uid, gid } = owner && owner.uid !== 0 ? owner : await unprivilegedUser();
  const own = (path: string) => fs.chown(path, uid, gid);
  const plain: Account = {
    own,
    run: (command, args, input) => run(command, args, { ...options(input), uid, gid }),
  };
  if (await reaches(plain, paths)) return plain;
  // a clone in root's own folder: the account gets the one capability that lets it through, if root has it itself
  for (const capability of ['dac_read_search', 'dac_override']) {
    // no_setuid_fixup: else access(2), by which PostgreSQL looks for its own programs, ignores the capability
    const through = [
      '--securebits',
      '+no_setuid_fixup',
      '--reuid',
      String(uid),
      '--regid',
      String(gid),
      '--clear-groups',
    ];
    const grant = ['--inh-caps', `-all,+${capability}`, '--ambient-caps', `-all,+${capability}`, '--'];
    const capable: Account = {
      own,
      run: (command, args, input) => run('setpriv', [...through, ...grant, command, ...args], options(input)),
    };
    if (await reaches(capable, paths)) return capable;
  }
  throw new OperatorError(
    `The embedded PostgreSQL cannot run as root, and the user it runs as instead may not enter ${paths[0]}: move the clone and DATA_DIR to a folder that every user may enter, such as /opt, or set DATABASE_URL to another PostgreSQL.`,
  );
}

async function reaches(account: Account, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const { code } = await account.run('ls', ['-d', `${path}/.`]).catch(() => ({ code: 1 }));
    if (code !== 0) return false;
  }
  return true;
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const rows = (await fs.readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const row = ['postgres', 'nobody'].map((name) => rows.find((row) => row[0] === name)).find(Boolean);
  if (!row) {
    throw new OperatorError(
      'The embedded PostgreSQL cannot run as root and found neither a user "postgres" nor "nobody": make one, or set DATABASE_URL to another PostgreSQL.',
    );
  }
  return { uid: Number(row[2]), gid: Number(row[3]) };
}
