// The log: JSON lines on stdout, or readable ones on a terminal. Never a token, a password or a body.
import pino, { type Logger } from 'pino';

export type Log = Logger;

export function openLog(level: string, pretty: boolean): Log {
  return pino({
    level,
    redact: ['*.passcode', '*.authorization', '*.accessToken', '*.password', 'req.headers.cookie'],
    ...(pretty
      ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } } }
      : {}),
  });
}
