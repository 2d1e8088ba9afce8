// Files on their way to the server. Each becomes a message when it is there; until then it lives with this page.
import { shallowReactive } from 'vue';
import type { Attachment } from '../../../server/contract/media.ts';
import type { Conversation } from '../../../server/contract/rest.ts';
import { mediaApi, type UploadOptions } from '../api-media.ts';
import { targetOf } from './conversations.ts';
import { post } from './outbox.ts';

export interface Upload {
  id: string;
  conversation: string;
  name: string;
  /** 0 to 1 */
  share: number;
  failure: string;
  again: () => void;
  cancel: () => void;
}

export const uploads = shallowReactive(new Map<string, Upload>());

/** Uploads `file` and says how far it is; undefined when it was given up. */
export function uploadFile(
  conversation: string,
  { file, said }: Pick<UploadOptions, 'file' | 'said'>,
): Promise<Attachment | undefined> {
  const id = crypto.randomUUID();
  return new Promise((resolve) => {
    let abort = new AbortController();
    const cancel = () => {
      uploads.delete(id);
      abort.abort();
      resolve(undefined);
    };
    async function run() {
      abort = new AbortController();
      upload.failure = '';
      try {
        const onProgress = (share: number) => {
          upload.share = share;
        };
        resolve(await mediaApi.upload({ file, said, onProgress, signal: abort.signal }));
        uploads.delete(id);
      } catch (error) {
        upload.failure = (error as Error).message;
      }
    }
    const upload: Upload = shallowReactive({
      id,
      conversation,
      name: file.name,
      share: 0,
      failure: '',
      again: run,
      cancel,
    });
    uploads.set(id, upload);
    void run();
  });
}

interface Sending extends Pick<UploadOptions, 'file' | 'said'> {
  text?: string;
  replyTo?: string | undefined;
}

export async function sendFile(conversation: Conversation, { file, said, text, replyTo }: Sending): Promise<void> {
  const attachment = await uploadFile(conversation.id, { file, said });
  if (!attachment) return;
  const place = { conversation: conversation.id, to: targetOf(conversation) };
  await post(place, {
    kind: attachment.kind,
    media: [attachment] as never,
    ...(text && { text }),
    ...(replyTo && { replyTo }),
  });
}
