// What a frame may be, by the settings.
import type { Config } from '../config.ts';
import type { ParserLimits } from '../stomp/parser.ts';

/** Before CONNECTED, less: what a peer may send at all until then. */
export const limitsOf = (config: Config, most = Number.POSITIVE_INFINITY): ParserLimits => ({
  headers: config.STOMP_HEADERS,
  headerBytes: Math.min(config.STOMP_HEADER_BYTES, most),
  lineChars: config.STOMP_HEADER_LINE,
  bodyBytes: Math.min(config.STOMP_BODY_BYTES, most),
});
