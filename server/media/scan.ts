// The scan hook: an operator's own program or service says of every file whether it may stay. Where it does not answer,
// the file does not stay either.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';

type Settings = Pick<Config, 'MEDIA_SCAN' | 'MEDIA_SCAN_MS'>;
type Verdict = 'clean' | 'refused' | 'unknown';

/** As clamscan's: 0 clean, 1 refused, anything else no answer. */
function byProgram(command: string, file: string, timeout: number): Promise<Verdict> {
  const [program, ...args] = command.split(/\s+/) as [string, ...string[]];
  return new Promise((resolve) => {
    execFile(program, [...args, file], { timeout, killSignal: 'SIGKILL' }, (error) => {
      if (!error) resolve('clean');
      else resolve(error.code === 1 ? 'refused' : 'unknown');
    });
  });
}

/** 2xx clean; 403, 406 and 422 refused; anything else no answer. */
async function byService(url: string, file: string, type: string, timeout: number): Promise<Verdict> {
  const bytes = createReadStream(file);
  try {
    const headers = { 'content-type': type, 'content-length': String((await fs.stat(file)).size) };
    const signal = AbortSignal.timeout(timeout);
    const body = Readable.toWeb(bytes);
    const response = await fetch(url, { method: 'POST', headers, body, duplex: 'half', signal, redirect: 'error' });
    await response.body?.cancel();
    if (response.ok) return 'clean';
    return [403, 406, 422].includes(response.status) ? 'refused' : 'unknown';
  } catch {
    return 'unknown';
  } finally {
    bytes.destroy();
  }
}

/** Errors: `media-refused`, `media-not-scanned`. */
export async function mustPassScan({ MEDIA_SCAN, MEDIA_SCAN_MS }: Settings, file: string, type: string): Promise<void> {
  if (MEDIA_SCAN === '') return;
  const verdict = /^https?:/.test(MEDIA_SCAN)
    ? await byService(MEDIA_SCAN, file, type, MEDIA_SCAN_MS)
    : await byProgram(MEDIA_SCAN, file, MEDIA_SCAN_MS);
  if (verdict === 'refused') throw new ParleyError('media-refused');
  if (verdict === 'unknown') throw new ParleyError('media-not-scanned');
}
