// The REST calls about files. An upload tells how far it is, which fetch cannot: small files go as a form by
// XMLHttpRequest, large ones in resumable parts (tus).
import type { Attachment, MediaUrl, MediaUsage } from '../../server/contract/media.ts';
import { ApiError, call, get } from './rest-call.ts';
import { accessToken } from './stores/session.ts';

export interface UploadOptions {
  file: File;
  /** what the browser knows of a sound or a film */
  said?: { duration?: number | undefined; waveform?: number[] | undefined } | undefined;
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

type NamedUrl = MediaUrl & { id: string };
const PATH = '/api/chat/media';

function problem(status: number, body: string): ApiError {
  try {
    const { code, title, detail } = JSON.parse(body) as { code: string; title: string; detail?: string };
    return new ApiError({ code, status, title, detail });
  } catch {
    return new ApiError({ code: 'unreachable', status, title: 'The file could not be uploaded.' });
  }
}

async function uploadForm({ file, said, onProgress, signal }: UploadOptions): Promise<Attachment> {
  const form = new FormData();
  if (said?.duration !== undefined) form.append('duration', String(said.duration));
  if (said?.waveform) form.append('waveform', JSON.stringify(said.waveform));
  form.append('file', file);
  const token = await accessToken();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', PATH);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as Attachment);
      else reject(problem(request.status, request.responseText));
    });
    request.addEventListener('error', () => reject(problem(0, '')));
    signal.addEventListener('abort', () => request.abort());
    request.addEventListener('abort', () => reject(problem(0, '')));
    request.send(form);
  });
}

const PART_BYTES = 8 * 1024 * 1024;

async function uploadInParts({ file, said, onProgress, signal }: UploadOptions): Promise<Attachment> {
  const { Upload } = await import('tus-js-client');
  return new Promise((resolve, reject) => {
    let answer = '';
    const upload = new Upload(file, {
      endpoint: `${PATH}/uploads`,
      chunkSize: PART_BYTES,
      retryDelays: [0, 1_000, 3_000, 5_000, 10_000],
      storeFingerprintForResuming: false,
      metadata: {
        filename: file.name,
        ...(said?.duration !== undefined && { duration: String(said.duration) }),
        ...(said?.waveform && { waveform: JSON.stringify(said.waveform) }),
      },
      // a token may end while a large file is under way
      onBeforeRequest: async (request) => request.setHeader('authorization', `Bearer ${await accessToken()}`),
      onAfterResponse: (_request, response) => {
        answer = response.getBody() || answer;
      },
      onProgress: (sent, total) => onProgress(sent / total),
      onError: (error) => {
        const response = 'originalResponse' in error ? error.originalResponse : undefined;
        reject(problem(response?.getStatus() ?? 0, response?.getBody() ?? ''));
      },
      onSuccess: () => resolve(JSON.parse(answer) as Attachment),
    });
    signal.addEventListener('abort', () => {
      void upload.abort(true);
      reject(problem(0, ''));
    });
    upload.start();
  });
}

let usage: Promise<MediaUsage> | undefined;

export const mediaApi = {
  usage: () => get<MediaUsage>('/media/usage'),
  urls: async (ids: string[]) => (await call<{ items: NamedUrl[] }>('POST', '/media/urls', { ids })).items,
  async upload(options: UploadOptions): Promise<Attachment> {
    usage ??= mediaApi.usage();
    const { direct } = await usage.catch((error: unknown) => {
      usage = undefined;
      throw error;
    });
    return options.file.size > direct ? uploadInParts(options) : uploadForm(options);
  },
};
