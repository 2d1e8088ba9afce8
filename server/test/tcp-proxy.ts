// A network between Parley and RabbitMQ that a test can break: a TCP proxy on a port of its own.
import net from 'node:net';
import type { AddressInfo } from 'node:net';

export class TcpProxy {
  readonly #server: net.Server;
  readonly #pairs = new Set<[net.Socket, net.Socket]>();
  /** false: what connects is hung up on */
  up = true;

  private constructor(target: { host: string; port: number }) {
    this.#server = net.createServer((near) => {
      near.on('error', () => {});
      if (!this.up) {
        near.destroy();
        return;
      }
      const far = net.connect(target);
      far.on('error', () => {});
      const pair: [net.Socket, net.Socket] = [near, far];
      this.#pairs.add(pair);
      const end = () => {
        near.destroy();
        far.destroy();
        this.#pairs.delete(pair);
      };
      near.on('close', end).pipe(far);
      far.on('close', end).pipe(near);
    });
  }

  /** Listens on a port of 127.0.0.1 in front of the server of `url`. */
  static async open(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same URL through here. */
  through(url: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href;
  }

  /** Connections through it, now. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Breaks every connection; new ones are taken while `up`. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
