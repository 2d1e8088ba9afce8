import { expect } from 'chai';
import { allowedOrigins, localUrls } from './origins.ts';

const config = {
  HOST: '127.0.0.1',
  PORT: 9999,
  PUBLIC_URL: 'https://chat.example/parley',
  ALLOWED_ORIGINS: [] as string[],
};

describe('allowed origins', () => {
  it('are those of PUBLIC_URL, of ALLOWED_ORIGINS, and the local ones of our port', () => {
    const origins = allowedOrigins({ ...config, ALLOWED_ORIGINS: ['https://other.example/'] });
    expect([...origins]).to.have.members([
      'https://chat.example',
      'https://other.example',
      'http://localhost:9999',
      'http://127.0.0.1:9999',
      'http://[::1]:9999',
    ]);
  });

  it('hold nothing local where others can reach the house', () => {
    expect(localUrls({ HOST: '0.0.0.0', PORT: 9999 })).to.deep.equal([]);
    expect([...allowedOrigins({ ...config, HOST: '0.0.0.0' })]).to.deep.equal(['https://chat.example']);
  });
});
