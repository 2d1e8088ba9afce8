// Erlang's port mapper (epmd), of which each private broker node has its own: asking it who is there, and ending
// it once its node is gone. Its protocol is in the "Erlang Distribution Protocol" chapter of Erlang's manual.
import { ask } from './ports.ts';

const NAMES_REQ = 110;
const KILL_REQ = 107;
const request = (kind: number) => Buffer.from([0, 1, kind]);

/** Is what listens on `port` an epmd? */
export async function isEpmd(port: number): Promise<boolean> {
  const answer = await ask(port, request(NAMES_REQ));
  // NAMES_RESP begins with epmd's own port
  return answer !== undefined && answer.length >= 4 && answer.readUInt32BE(0) === port;
}

/** Ends it; an epmd that still knows a live node refuses, and stays. */
export async function endEpmd(port: number): Promise<void> {
  if (await isEpmd(port)) await ask(port, request(KILL_REQ));
}
