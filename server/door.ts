// How a role shows itself to the outside: the paths it answers and how. The gateway opens the doors of the
// roles in its own process directly and those of other processes through a proxy.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RequestHandler } from 'express';

/** The part of the OpenAPI document that describes one door; paths are whole. */
export interface OpenApiPart {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly schemas: Readonly<Record<string, unknown>>;
}

export interface Door {
  /** The path prefix, such as `/auth`; the handler sees the path without it. */
  readonly path: string;
  readonly handler?: RequestHandler;
  readonly openApi?: OpenApiPart;
  /** Takes over a WebSocket handshake on `path`. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A role that runs in this process. */
export interface RunningRole {
  readonly doors: readonly Door[];
  /** The name of the part that is not working, or undefined when all is well. */
  readonly failing?: () => Promise<string | undefined> | string | undefined;
  /** First phase of a stop: takes nothing new, tells its clients to come back, finishes what is under way. */
  readonly stop: () => Promise<void> | void;
}
