import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findOrInstall, findRabbitmq } from './rabbitmq-find.ts';

describe('finding RabbitMQ', () => {
  let root: string;
  beforeEach(async () => {
    root = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-find-'));
  });
  afterEach(() => fs.rm(root, { recursive: true }));

  async function put(folder: string, ...names: string[]): Promise<string> {
    const place = path.join(root, folder);
    await fs.mkdir(place, { recursive: true });
    for (const name of names) await fs.writeFile(path.join(place, name), '');
    return place;
  }
  const own = ['rabbitmq-server', 'rabbitmq-env', 'rabbitmq-defaults'];

  it('follows the links of the PATH to the real scripts', async () => {
    const real = await put('opt/sbin', ...own);
    const bin = await put('bin');
    await fs.symlink(path.join(real, 'rabbitmq-server'), path.join(bin, 'rabbitmq-server'));
    expect(await findRabbitmq(bin, [])).to.equal(real);
  });

  it("passes over a distribution's wrapper, and takes the newest version behind it", async () => {
    const wrapper = await put('wrapper', 'rabbitmq-server');
    await put('lib/rabbitmq_server-3.9.13/sbin', ...own);
    const newest = await put('lib/rabbitmq_server-3.10.8/sbin', ...own);
    expect(await findRabbitmq(wrapper, [path.join(root, 'lib/*/sbin')])).to.equal(newest);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await findRabbitmq('', [path.join(root, 'lib/*/sbin')])).to.equal(undefined);
  });
});

describe('getting RabbitMQ where it is not found', () => {
  const nothing = {
    home: undefined,
    find: async (): Promise<string | undefined> => undefined,
    install: async (): Promise<string | undefined> => 'no package manager may be used here',
    hasDocker: async () => false,
  };
  const failure = (ways: typeof nothing) =>
    findOrInstall(ways).then(
      () => '',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it('installs it and looks again', async () => {
    let installed = false;
    const find = async () => (installed ? '/usr/lib/rabbitmq/sbin' : undefined);
    const install = async () => {
      installed = true;
      return undefined;
    };
    expect(await findOrInstall({ ...nothing, find, install })).to.equal('/usr/lib/rabbitmq/sbin');
  });

  it('takes a container where an engine answers', async () => {
    expect(await findOrInstall({ ...nothing, hasDocker: async () => true })).to.equal(undefined);
  });

  it('says what to do and which variable to set where nothing helps', async () => {
    const said = await failure(nothing);
    expect(said).to.match(/^OperatorError: RabbitMQ is missing/);
    expect(said).to.include('no package manager may be used here').and.include('AMQP_URL').and.include('RABBITMQ_HOME');
  });

  it('does not look elsewhere when RABBITMQ_HOME names a folder without one', async () => {
    const ways = { ...nothing, home: '/nowhere' as string | undefined, find: async () => '/usr/lib/rabbitmq/sbin' };
    const said = await findOrInstall(ways).catch((error: Error) => error.message);
    expect(said).to.include('/nowhere').and.include('RABBITMQ_HOME');
  });
});
