import { expect } from 'chai';
import { installCommands, type Powers, quietCommands } from './system-packages.ts';

const powers = (tools: string[], who: 'root' | 'sudo' | 'nobody'): Powers => ({
  tools: new Set(tools),
  root: who === 'root',
  sudo: who === 'sudo',
});

describe('the commands that install a system package', () => {
  it('refresh the index first, ask nothing and take no extras, with apt as root', () => {
    expect(installCommands('rabbitmq', powers(['apt-get'], 'root'))).to.deep.equal([
      ['apt-get', 'update', '-q'],
      ['apt-get', 'install', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', 'rabbitmq-server'],
    ]);
  });

  it('go through sudo, which never asks for a password, for others', () => {
    const commands = installCommands('chromium', powers(['apt-get', 'sudo'], 'sudo')) ?? [];
    for (const command of commands) expect(command.slice(0, 2)).to.deep.equal(['sudo', '-n']);
    expect(commands.at(-1)?.at(-1)).to.equal('chromium');
  });

  it('are none where we may not install', () => {
    expect(installCommands('rabbitmq', powers(['apt-get', 'dnf'], 'nobody'))).to.equal(undefined);
    expect(installCommands('rabbitmq', powers([], 'root'))).to.equal(undefined);
  });

  it('never run brew as root, nor with sudo', () => {
    expect(installCommands('rabbitmq', powers(['brew'], 'root'))).to.equal(undefined);
    expect(installCommands('rabbitmq', powers(['brew'], 'nobody'))).to.deep.equal([
      ['brew', 'install', '--quiet', 'rabbitmq'],
    ]);
  });

  it('know dnf and apk', () => {
    for (const tool of ['dnf', 'apk']) {
      expect(installCommands('rabbitmq', powers([tool], 'root'))?.at(-1)?.[0]).to.equal(tool);
    }
  });
});

describe('the commands that keep a new service from running', () => {
  it('use systemd where there is one, else the init scripts', () => {
    expect(quietCommands('rabbitmq-server', powers(['systemctl', 'invoke-rc.d'], 'root'))).to.deep.equal([
      ['systemctl', 'disable', '--now', 'rabbitmq-server'],
    ]);
    expect(quietCommands('rabbitmq-server', powers(['invoke-rc.d', 'update-rc.d'], 'root'))).to.deep.equal([
      ['invoke-rc.d', 'rabbitmq-server', 'stop'],
      ['update-rc.d', 'rabbitmq-server', 'disable'],
    ]);
  });

  it('are none for those who may not', () => {
    expect(quietCommands('rabbitmq-server', powers(['systemctl'], 'nobody'))).to.deep.equal([]);
  });
});
