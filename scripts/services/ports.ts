// TCP ports of this machine: is one free, and does something answer there?
import net from 'node:net';
import { OperatorError } from '../../server/errors.ts';

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Refuses, naming the variable, when a port that is about to be used is taken. */
export async function requireFree(port: number, variable: string, what: string, host = '127.0.0.1'): Promise<void> {
  if (port > 65_535) throw new OperatorError(`${what} needs a port up to 65535: set ${variable} lower.`);
  if (await isFree(port, host)) return;
  throw new OperatorError(`Port ${port} for ${what} is taken: stop what uses it, or set ${variable} to a free port.`);
}

/** Sends bytes to a local port and gives the first that come back; undefined: nothing there, or it said nothing. */
export function ask(port: number, question: Uint8Array | string, timeoutMs = 1_000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    const done = (answer?: Buffer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(question));
    socket.once('data', done);
    for (const event of ['error', 'timeout', 'close'] as const) socket.once(event, () => done());
  });
}
