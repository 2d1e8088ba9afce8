// Where RabbitMQ's STOMP plugin listens, and who we are there.
import type { Config } from '../config.ts';

export interface StompAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly login: string;
  readonly passcode: string;
  readonly vhost: string;
}

const PORT = 61613;
const TLS_PORT = 61614;

/** The STOMP door of a broker whose AMQP door is known: the same host, account and virtual host. */
export function stompUrlOf(amqpUrl: string, port?: number): string {
  const { protocol, username, password, hostname, pathname } = new URL(amqpUrl);
  const tls = protocol === 'amqps:';
  const account = username === '' ? '' : `${username}:${password}@`;
  return `${tls ? 'stomps' : 'stomp'}://${account}${hostname}:${port ?? (tls ? TLS_PORT : PORT)}${pathname}`;
}

/** Those configured, or those beside the AMQP doors. */
export function stompAddresses({
  BROKER_STOMP_URL,
  AMQP_URL,
}: Pick<Config, 'BROKER_STOMP_URL' | 'AMQP_URL'>): StompAddress[] {
  const urls = BROKER_STOMP_URL.length > 0 ? BROKER_STOMP_URL : AMQP_URL.map((url) => stompUrlOf(url));
  return urls.map((url) => {
    const { protocol, username, password, hostname, port, pathname } = new URL(url);
    const tls = protocol === 'stomps:';
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port) || (tls ? TLS_PORT : PORT),
      tls,
      // AMQP 0-9-1 URI specification: the account "guest" and the virtual host "/" where none is named
      login: decodeURIComponent(username) || 'guest',
      passcode: decodeURIComponent(password) || 'guest',
      vhost: decodeURIComponent(pathname.slice(1)) || '/',
    };
  });
}
