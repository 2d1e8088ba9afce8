// Looks at a page for its head: a GET that anybody could make, without cookies, referrer or compression, bounded in
// time, bytes and redirects. Where it may go is decided in link-target.ts, again at each redirect.
import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';
import { bounds } from './link-bounds.ts';
import { addressesOf, hostOf, readLink, resolveBySystem, type Resolve } from './link-target.ts';
import { type PageHead, PageHeadReader } from './page-head.ts';

export type LookConfig = Pick<Config, 'LINK_PREVIEW_ALLOW' | 'LINK_PREVIEW_MS' | 'LINK_PREVIEW_BYTES'>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS = {
  accept: 'text/html, application/xhtml+xml',
  'accept-encoding': 'identity',
  'user-agent': 'Parley (link preview)',
  connection: 'close',
};

const nothing = (why: string) => new ParleyError('no-preview', `There is nothing to show of that address: ${why}.`);

/** Errors: `preview-refused`, `no-preview`. `signal` ends it early. */
export async function lookAtPage(
  config: LookConfig,
  link: URL,
  signal?: AbortSignal,
  resolve: Resolve = resolveBySystem,
): Promise<PageHead> {
  const late = AbortSignal.timeout(config.LINK_PREVIEW_MS);
  const stopped = signal ? AbortSignal.any([late, signal]) : late;
  try {
    for (let [url, redirects] = [link, 0]; ; redirects += 1) {
      const addresses = await orStopped(addressesOf(url, config.LINK_PREVIEW_ALLOW, resolve), stopped);
      const response = await ask(url, addresses, stopped);
      const onwards = REDIRECTS.has(response.statusCode ?? 0) ? response.headers.location : undefined;
      if (onwards === undefined) return await headOf(response, url, config.LINK_PREVIEW_BYTES);
      response.destroy();
      if (redirects === bounds.redirects) throw nothing('it leads from one address to the next');
      url = readLink(onwards, config.LINK_PREVIEW_ALLOW, url);
    }
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw nothing(stopped.aborted ? 'it takes too long' : 'it does not answer');
  }
}

/** A resolver cannot be stopped; it need not be waited for. */
function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Knows these addresses whatever it is asked. (Of a host that is an address nobody asks: it was checked as it is.) */
const lookupOf =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_host, options, done) => {
    const [first] = addresses as [LookupAddress, ...LookupAddress[]];
    if (options.all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

function ask(url: URL, addresses: readonly LookupAddress[], signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    const host = hostOf(url);
    const request = (isSecure ? https : http).get(url, {
      // a connection of its own: none that stands already, none that is left
      agent: false,
      lookup: lookupOf(addresses),
      headers: HEADERS,
      maxHeaderSize: bounds.headerBytes,
      signal,
      ...(isSecure && !isIP(host) ? { servername: host } : {}),
    });
    const connecting = setTimeout(() => request.destroy(new Error('no connection')), bounds.connectMs);
    request.once('socket', (socket) =>
      socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connecting)),
    );
    request.once('close', () => clearTimeout(connecting));
    request.once('response', resolve);
    // stays: the connection may break after the answer began
    request.on('error', reject);
  });
}

async function headOf(response: http.IncomingMessage, url: URL, maxBytes: number): Promise<PageHead> {
  try {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = response.headers;
    if (response.statusCode !== 200) throw nothing(`it answers with ${response.statusCode}`);
    if (!/^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type)) throw nothing('it is no page');
    if (encoding.toLowerCase() !== 'identity') throw nothing('it comes compressed unasked');
    const reader = new PageHeadReader(/;\s*charset\s*=\s*"?([\w:-]{1,40})/i.exec(type)?.[1]);
    let left = maxBytes;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      reader.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (reader.done || left <= 0) break;
    }
    const head = reader.end(url);
    if (head.title === undefined && head.description === undefined) throw nothing('it does not tell what it is');
    return head;
  } finally {
    response.destroy();
  }
}
