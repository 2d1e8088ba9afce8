// An S3-compatible service for tests, with one bucket, and the settings that lead there.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import S3rver from 's3rver';

export async function openBucket() {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'parley-s3-'));
  const options = { port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'parley' }] };
  const server = new S3rver(options);
  const { port } = await server.run();
  return {
    settings: {
      MEDIA_S3_URL: `http://127.0.0.1:${port}/parley`,
      MEDIA_S3_REGION: 'us-east-1',
      MEDIA_S3_ACCESS_KEY: 'S3RVER',
      MEDIA_S3_SECRET_KEY: 'S3RVER',
    },
    async keys(): Promise<string[]> {
      const names = await fs.readdir(path.join(directory, 'parley'));
      return names.map((name) => name.replace(/\._S3rver_.*$/, '')).filter((name, i, all) => all.indexOf(name) === i);
    },
    async close() {
      await server.close();
      await fs.rm(directory, { recursive: true, force: true });
    },
  };
}
