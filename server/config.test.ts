import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { withTables } from '../scripts/docs/tables.ts';
import { type Config, readConfig, settings } from './config.ts';
import { OperatorError } from './errors.ts';

describe('the configuration', () => {
  it('reads every default', () => {
    const config = readConfig({});
    expect(config).to.include({ PORT: 9999, HOST: '127.0.0.1', PUBLIC_URL: 'http://localhost:9999', DEMO: true });
    expect(config.LIMIT_SENDS).to.deep.equal({ perSecond: 100, burst: 2000 });
    expect(config.ROLES).to.include.members(['gateway', 'auth', 'chat', 'worker']);
    expect(config.AMQP_URL).to.deep.equal([]);
    for (const name of Object.keys(settings)) expect(config, name).to.have.property(name);
  });

  it('takes an empty variable for one that is not set, and leaves spaces out', () => {
    expect(readConfig({ PORT: '', HOST: '  ' })).to.include({ PORT: 9999, HOST: '127.0.0.1' });
    expect(readConfig({ PORT: ' 8080 ' }).PORT).to.equal(8080);
  });

  it('has its addresses from PORT, unless PUBLIC_URL says otherwise', () => {
    expect(readConfig({ PORT: '8080' }).PUBLIC_URL).to.equal('http://localhost:8080');
    expect(readConfig({ PUBLIC_URL: 'https://chat.example/' }).PUBLIC_URL).to.equal('https://chat.example');
  });

  it('has no demo accounts in production, whatever DEMO says', () => {
    expect(readConfig({ NODE_ENV: 'production', DEMO: '1' }).DEMO).to.equal(false);
    expect(readConfig({ DEMO: '0' }).DEMO).to.equal(false);
    expect(readConfig({ DEMO: 'true' }).DEMO).to.equal(true);
  });

  it('lets previews be made of private addresses in tests alone', () => {
    const LINK_PREVIEW_ALLOW = '127.0.0.1:80,[::1]:8080';
    expect(readConfig({ LINK_PREVIEW_ALLOW }).LINK_PREVIEW_ALLOW).to.have.length(2);
    expect(() => readConfig({ LINK_PREVIEW_ALLOW, NODE_ENV: 'production' })).to.throw(
      OperatorError,
      'LINK_PREVIEW_ALLOW',
    );
  });

  it('takes lists', () => {
    const config = readConfig({ ROLES: 'chat, worker', AMQP_URL: 'amqp://a:1,amqps://b:2/' });
    expect(config.ROLES).to.deep.equal(['chat', 'worker']);
    expect(config.AMQP_URL).to.deep.equal(['amqp://a:1', 'amqps://b:2']);
  });

  const unusable: Partial<Record<keyof Config, readonly string[]>> = {
    ROLES: ['chat,cook', ','],
    PORT: ['http', '70000', '-1', '80.5'],
    PUBLIC_URL: ['localhost:9999', 'ftp://x'],
    DEMO: ['yes'],
    DATABASE_URL: ['mysql://x', 'parley'],
    AMQP_URL: ['amqp://a,http://b'],
    QUEUE_TYPE: ['stream'],
    LIMIT_SENDS: ['100', '100/m,5', '1/s'],
    SHARDS_INBOUND: ['0', '2000'],
    HEART_BEAT_MS: ['-5'],
    ACCESS_TOKEN_SECONDS: ['5'],
    LINK_PREVIEW_ALLOW: ['127.0.0.1', 'localhost:80', '127.0.0.1:80,x'],
  };
  for (const [name, values] of Object.entries(unusable)) {
    it(`names ${name} where its value is unusable`, () => {
      for (const value of values) {
        expect(() => readConfig({ [name]: value }), value)
          .to.throw(OperatorError)
          .with.property('message')
          .that.matches(new RegExp(`^The variable ${name} is ".*", but it needs .*\\.$`));
      }
    });
  }

  it('stands in README as it stands here, and so do the codes (`npm run docs`)', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(withTables(readme)).to.equal(readme);
  });
});
