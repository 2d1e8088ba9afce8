// The part of stompit that is used here; it comes without types.
declare module 'stompit' {
  interface Client extends NodeJS.EventEmitter {
    /** Those of CONNECTED. */
    readonly headers: Readonly<Record<string, string>>;
    getTransportSocket(): import('node:net').Socket;
    destroy(error?: Error): void;
  }

  interface ConnectOptions {
    readonly host: string;
    readonly port: number;
    readonly ssl?: boolean;
    /** for the TCP connection, in milliseconds */
    readonly timeout?: number;
    /** so long may the peer's heart-beats be late, in milliseconds */
    readonly heartbeatDelayMargin?: number;
    readonly connectHeaders: Readonly<Record<string, string>>;
  }

  function connect(options: ConnectOptions, done: (error: Error | null, client?: Client) => void): Client;

  const stompit: { readonly connect: typeof connect };
  export { type Client, type ConnectOptions };
  export default stompit;
}
