// What we call ourselves in CONNECTED.
import { readFileSync } from 'node:fs';

const file = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };

/** STOMP 1.2 "CONNECTED": name/version. */
export const SERVER = `parley/${version}`;
