// Sounds and films, where ffmpeg and ffprobe are on the machine: how long, how large, a poster, a waveform. Neither is
// needed; without them nothing here is known. What they read is hostile: one file, no network, not for long.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { limits } from '../contract/limits.ts';

export interface Probed {
  /** milliseconds */
  readonly duration?: number;
  readonly width?: number;
  readonly height?: number;
}

const SAFE = ['-v', 'error', '-protocol_whitelist', 'file'];
const OUTPUT_BYTES = 33_554_432;
const WAVE_RATE = 2000;
/** of a longer sound the beginning is drawn */
const WAVE_SECONDS = 3600;
const POSTER_EDGE = 1280;

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The tools, or undefined where one is missing. `folders`: where to look. */
export async function findFilmTools({
  MEDIA_FFMPEG,
  MEDIA_TOOL_MS,
}: Pick<Config, 'MEDIA_FFMPEG' | 'MEDIA_TOOL_MS'>): Promise<FilmTools | undefined> {
  if (MEDIA_FFMPEG === '0') return undefined;
  for (const folder of MEDIA_FFMPEG.split(path.delimiter).filter(Boolean)) {
    const [ffmpeg, ffprobe] = ['ffmpeg', 'ffprobe'].map((name) => path.join(folder, name)) as [string, string];
    if ((await isProgram(ffmpeg)) && (await isProgram(ffprobe))) return new FilmTools(ffmpeg, ffprobe, MEDIA_TOOL_MS);
  }
  return undefined;
}

export class FilmTools {
  readonly #ffmpeg: string;
  readonly #ffprobe: string;
  readonly #timeout: number;

  constructor(ffmpeg: string, ffprobe: string, timeout: number) {
    this.#ffmpeg = ffmpeg;
    this.#ffprobe = ffprobe;
    this.#timeout = timeout;
  }

  /** undefined: it makes nothing of the file. */
  #run(program: string, args: readonly string[]): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const options = {
        timeout: this.#timeout,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES,
        encoding: 'buffer',
        // our secrets are none of its business
        env: {},
      } as const;
      execFile(program, args, options, (error, stdout) => resolve(error ? undefined : stdout));
    });
  }

  async probe(file: string): Promise<Probed | undefined> {
    const entries = 'format=duration:stream=width,height,codec_type:stream_disposition=attached_pic';
    const output = await this.#run(this.#ffprobe, [...SAFE, '-show_entries', entries, '-of', 'json', file]);
    if (!output) return undefined;
    const { format, streams = [] } = JSON.parse(output.toString()) as {
      format?: { duration?: string };
      streams?: { codec_type?: string; width?: number; height?: number; disposition?: { attached_pic?: number } }[];
    };
    const seconds = Number(format?.duration);
    const film = streams.find((one) => one.codec_type === 'video' && one.disposition?.attached_pic !== 1);
    return {
      ...(seconds > 0 ? { duration: Math.min(limits.durationMs, Math.round(seconds * 1000)) } : {}),
      ...(film?.width && film.height ? { width: film.width, height: film.height } : {}),
    };
  }

  /** A frame of the beginning, as PNG. */
  poster(file: string, duration = 0): Promise<Buffer | undefined> {
    const at = Math.min(1, duration / 2000).toFixed(2);
    const scale = `scale='min(${POSTER_EDGE},iw)':'min(${POSTER_EDGE},ih)':force_original_aspect_ratio=decrease`;
    const frame = ['-an', '-frames:v', '1', '-vf', scale, '-c:v', 'png', '-f', 'image2pipe', '-'];
    return this.#run(this.#ffmpeg, [...SAFE, '-nostdin', '-threads', '1', '-ss', at, '-i', file, ...frame]);
  }

  async waveform(file: string): Promise<number[] | undefined> {
    const sound = ['-vn', '-ac', '1', '-ar', String(WAVE_RATE), '-t', String(WAVE_SECONDS), '-f', 's16le', '-'];
    const output = await this.#run(this.#ffmpeg, [...SAFE, '-nostdin', '-threads', '1', '-i', file, ...sound]);
    return output && waveformOf(output);
  }
}

/** The loudest moment of each step, of 16-bit samples; the loudest of all is 100. */
export function waveformOf(pcm: Buffer, steps = 64): number[] | undefined {
  const samples = Math.floor(pcm.length / 2);
  if (samples < steps) return undefined;
  const peaks = Array.from({ length: steps }, () => 0);
  for (let i = 0; i < samples; i++) {
    const step = Math.floor((i * steps) / samples);
    peaks[step] = Math.max(peaks[step] as number, Math.abs(pcm.readInt16LE(i * 2)));
  }
  const loudest = Math.max(...peaks, 1);
  return peaks.map((peak) => Math.round((peak * 100) / loudest));
}
