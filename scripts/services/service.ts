// A program that runs under DATA_DIR beside Parley.

export interface Service {
  readonly name: string;
  /** An earlier run had left it running. */
  readonly adopted: boolean;
  /** undefined: it runs in a container. */
  readonly pid: number | undefined;
  /** For DATABASE_URL or AMQP_URL. */
  readonly url: string;
  isRunning(): Promise<boolean>;
  /** Stops it, losing nothing; false: it was not running any more. */
  stop(): Promise<boolean>;
}
