// The network between the devices and Parley: a TCP proxy whose lines can be cut or die silently. A line is known by
// the port from which its device connects.
import net from 'node:net';
import type { AddressInfo } from 'node:net';

interface Line {
  /** the device's side */
  readonly near: net.Socket;
  /** Parley's */
  readonly far: net.Socket;
  dead: boolean;
}

export class Network {
  readonly port: number;
  readonly #server: net.Server;
  readonly #lines: Map<number, Line>;

  private constructor(server: net.Server, lines: Map<number, Line>) {
    this.#server = server;
    this.#lines = lines;
    this.port = (server.address() as AddressInfo).port;
  }

  /** In front of `port` of this machine. */
  static async open(port: number): Promise<Network> {
    const lines = new Map<number, Line>();
    const server = net.createServer((near) => {
      const line = { near, far: net.connect({ port, host: '127.0.0.1' }), dead: false };
      // of a socket that never connected it is unknown
      const from = near.remotePort ?? 0;
      lines.set(from, line);
      join(line, () => lines.delete(from));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Network(server, lines);
  }

  /** RST to both sides. */
  cut(from: number): void {
    const line = this.#lines.get(from);
    line?.near.resetAndDestroy();
    line?.far.resetAndDestroy();
  }

  /** Nothing passes any more, not even the end: each side finds out by itself that there is nobody. */
  vanish(from: number): void {
    const line = this.#lines.get(from);
    if (!line) return;
    line.dead = true;
    line.near.unpipe(line.far).pause();
    line.far.unpipe(line.near).pause();
    // the port may be used again
    this.#lines.delete(from);
    this.#lines.set(-from, line);
  }

  close(): Promise<void> {
    for (const { near, far } of this.#lines.values()) {
      near.destroy();
      far.destroy();
    }
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function join(line: Line, forget: () => void): void {
  const { near, far } = line;
  near.setNoDelay(true);
  far.setNoDelay(true);
  const end = () => {
    if (line.dead) return;
    near.destroy();
    far.destroy();
    forget();
  };
  near
    .on('error', () => {})
    .on('close', end)
    .pipe(far);
  far
    .on('error', () => {})
    .on('close', end)
    .pipe(near);
}
