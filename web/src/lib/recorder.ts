// Records a voice, and how loud it was. Knows the microphone, not where the recording goes.

export interface Recording {
  file: File;
  durationMs: number;
  /** 0 to 100 */
  waveform: number[];
}

export interface Recorder {
  /** how loud it is now, 0 to 1 */
  level: () => number;
  stop: () => Promise<Recording>;
  cancel: () => void;
}

const STEP_MS = 80;
const STEPS = 56;
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const suffixes: Record<string, string> = { 'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' };

/** As many steps as are shown, the loudest 100. */
export function stepsOf(levels: readonly number[]): number[] {
  const loudest = Math.max(...levels, 0.01);
  const count = Math.min(STEPS, Math.max(1, levels.length));
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const some = levels.slice(from, Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count)));
    return Math.round((100 * Math.max(0, ...some)) / loudest);
  });
}

export async function startRecording(): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const levels: number[] = [];
  const level = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.min(1, Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) * 4);
  };
  const timer = setInterval(() => levels.push(level()), STEP_MS);
  const chunks: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => chunks.push(data));
  const startedAt = performance.now();
  recorder.start();

  const release = () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  return {
    level,
    async stop() {
      const durationMs = Math.round(performance.now() - startedAt);
      const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
      recorder.stop();
      await stopped;
      release();
      const type = recorder.mimeType.split(';')[0] ?? '';
      const file = new File(chunks, `Voice message.${suffixes[type] ?? 'webm'}`, { type });
      return { file, durationMs, waveform: stepsOf(levels) };
    },
    cancel() {
      recorder.stop();
      release();
    },
  };
}
