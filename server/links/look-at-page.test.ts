// Against servers on this machine: allowed by port, or not at all.
import { expect } from 'chai';
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ParleyError } from '../errors.ts';
import { readLink, type Resolve } from './link-target.ts';
import { lookAtPage } from './look-at-page.ts';

describe('looking at a page', () => {
  let server: http.Server;
  let port: number;
  const asked: http.IncomingMessage[] = [];

  before(async () => {
    server = http.createServer((request, response) => {
      asked.push(request);
      response.setHeader('content-type', 'text/html');
      response.end('<title>here</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  beforeEach(() => asked.splice(0));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Names with other addresses each time they are asked for. */
  function changing(...answers: LookupAddress[][]): { resolve: Resolve; times: () => number } {
    let times = 0;
    return { resolve: async () => answers[Math.min(times++, answers.length - 1)] ?? [], times: () => times };
  }
  const here: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
  const elsewhere: LookupAddress[] = [{ address: '127.0.0.2', family: 4 }];
  const config = (allow: string[]) => ({
    LINK_PREVIEW_ALLOW: allow,
    LINK_PREVIEW_MS: 2000,
    LINK_PREVIEW_BYTES: 65_536,
  });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'seen',
      (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
    );

  it('connects to the address that was checked, and asks for the name once', async () => {
    const allow = [`127.0.0.1:${port}`];
    const rebound = changing(here, elsewhere);
    const link = readLink(`http://rebind.example:${port}/`, allow);
    expect(await lookAtPage(config(allow), link, undefined, rebound.resolve)).to.deep.equal({ title: 'here' });
    expect(rebound.times()).to.equal(1);
    expect(asked).to.have.length(1);
    expect(asked[0]?.headers.host).to.equal(`rebind.example:${port}`);
  });

  it('does not come to a private address by a name that was public before', async () => {
    const allow = [`127.0.0.2:${port}`];
    const link = readLink(`http://rebind.example:${port}/`, allow);
    const rebound = changing(elsewhere, here);
    // the first address is allowed, and nobody listens there; the second, where somebody does, is never tried
    expect(await codeOf(lookAtPage(config(allow), link, undefined, rebound.resolve))).to.equal('no-preview');
    expect(await codeOf(lookAtPage(config(allow), link, undefined, rebound.resolve))).to.equal('preview-refused');
    expect(asked).to.deep.equal([]);
  });

  it('asks as a stranger: no cookies, no referrer, nothing compressed', async () => {
    const allow = [`127.0.0.1:${port}`];
    await lookAtPage(config(allow), readLink(`http://127.0.0.1:${port}/`, allow));
    expect(asked[0]?.headers).to.deep.equal({
      accept: 'text/html, application/xhtml+xml',
      'accept-encoding': 'identity',
      'user-agent': 'Parley (link preview)',
      connection: 'close',
      host: `127.0.0.1:${port}`,
    });
  });

  it('does not wait for a name that nobody answers, and ends when it is told to', async () => {
    const link = readLink('http://slow.example/', []);
    const never: Resolve = () => new Promise(() => {});
    const quick = { ...config([]), LINK_PREVIEW_MS: 50 };
    expect(await codeOf(lookAtPage(quick, link, undefined, never))).to.equal('no-preview');
    expect(await codeOf(lookAtPage(config([]), link, AbortSignal.abort(), never))).to.equal('no-preview');
  });
});
