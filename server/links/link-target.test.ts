import { expect } from 'chai';
import { ParleyError } from '../errors.ts';
import { addressesOf, readLink, type Resolve } from './link-target.ts';

const refusedBy = async (deed: () => unknown): Promise<string> => {
  try {
    await deed();
    return 'taken';
  } catch (error) {
    return error instanceof ParleyError ? error.code : String(error);
  }
};
const answering =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('where a link may lead', () => {
  const shapes = [
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://example.org',
    'javascript:alert(1)',
    'data:text/html,x',
    'example.org',
    '//example.org',
    '',
    'http://',
    'http://user@example.org/',
    'https://:secret@example.org/',
    'http://example.org:8080/',
    'http://example.org:22/',
    'https://example.org:8443/',
    'http://example.org:99999/',
    'http://exa mple.org/',
    'http://example.org%00/',
    'http://[::1%25eth0]/',
  ];
  for (const text of shapes) {
    it(`is not ${text || 'nowhere'}`, async () => {
      expect(await refusedBy(() => readLink(text, []))).to.equal('preview-refused');
    });
  }

  const hosts = [
    '127.0.0.1',
    '127.1',
    '0',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '①②⑦.⓪.⓪.①',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '[fd00:ec2::254]',
    '[::]',
    '10.0.0.1',
    '192.168.0.1',
  ];
  for (const host of hosts) {
    it(`is not ${host}, whoever resolves it`, async () => {
      const link = readLink(`http://${host}/`, []);
      const seen: string[] = [];
      // a resolver would say as the system does; what is an address it is not even asked
      const resolve: Resolve = async (name) => (seen.push(name), []);
      expect(await refusedBy(() => addressesOf(link, [], resolve))).to.equal('preview-refused');
      expect(seen).to.deep.equal([]);
    });
  }

  it('is a public address, on the usual ports', async () => {
    for (const text of ['http://example.org/', 'https://example.org:443/', 'https://example.org:80/a?b#c']) {
      const found = await addressesOf(readLink(text, []), [], answering('93.184.215.14', '2606:2800::1'));
      expect(found).to.have.length(2);
    }
    expect(readLink('https://example.org/a?b#c', []).href).to.equal('https://example.org/a?b');
    expect(await addressesOf(readLink('http://8.8.8.8/', []), [], answering())).to.deep.equal([
      { address: '8.8.8.8', family: 4 },
    ]);
  });

  it('is no name of which any address is not public, or that nobody knows', async () => {
    const link = readLink('http://example.org/', []);
    for (const resolve of [answering('93.184.215.14', '127.0.0.1'), answering('::1'), answering()]) {
      expect(await refusedBy(() => addressesOf(link, [], resolve))).to.equal('preview-refused');
    }
    const unknown: Resolve = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await refusedBy(() => addressesOf(link, [], unknown))).to.equal('preview-refused');
  });

  it('is what is allowed, address and port, and nothing beside it', async () => {
    const allow = ['127.0.0.1:8080', '[::1]:8081'];
    const link = (text: string) => readLink(text, allow);
    expect(await addressesOf(link('http://localhost:8080/'), allow, answering('127.0.0.1'))).to.have.length(1);
    expect(await addressesOf(link('http://[::1]:8081/'), allow, answering())).to.have.length(1);
    for (const text of [
      'http://127.0.0.1:8081/',
      'http://127.0.0.1/',
      'http://127.0.0.2:8080/',
      'http://8.8.8.8:8080/',
    ])
      expect(await refusedBy(() => addressesOf(link(text), allow, answering())), text).to.equal('preview-refused');
    expect(await refusedBy(() => link('http://127.0.0.1:8082/'))).to.equal('preview-refused');
  });
});
