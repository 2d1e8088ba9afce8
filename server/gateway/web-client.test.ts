import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { webClient } from './web-client.ts';

describe('the web client’s files', () => {
  const dist = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-dist-'));
  const of = (folder: string) => request(express().use(webClient({ PUBLIC_URL: 'https://chat.example' }, folder)));
  before(() => {
    fs.mkdirSync(path.join(dist, 'assets'));
    fs.writeFileSync(path.join(dist, 'index.html'), '<!doctype html><title>client</title>');
    fs.writeFileSync(path.join(dist, 'assets', 'index-abc123.js'), '1');
    fs.writeFileSync(path.join(dist, 'icon.svg'), '<svg/>');
  });
  after(() => fs.rmSync(dist, { recursive: true }));

  it('are kept for ever where their name has a hash, and asked for again elsewhere', async () => {
    expect((await of(dist).get('/assets/index-abc123.js')).headers['cache-control']).to.equal(
      'public, max-age=31536000, immutable',
    );
    for (const file of ['/', '/index.html', '/icon.svg']) {
      expect((await of(dist).get(file)).headers['cache-control'], file).to.equal('no-cache');
    }
  });

  it('stand for every page, under a strict policy', async () => {
    for (const page of ['/', '/callback?code=x', '/c/d-a-b', '/admin']) {
      const { status, text, headers } = await of(dist).get(page).set('Accept', 'text/html');
      expect(status, page).to.equal(200);
      expect(text).to.include('<title>client</title>');
      expect(headers['content-security-policy'])
        .to.include("script-src 'self';")
        .and.to.include('wss://chat.example')
        .and.to.include("frame-ancestors 'none'");
    }
  });

  it('stand neither for the house’s own paths nor for missing files', async () => {
    for (const url of [
      '/api',
      '/api/x',
      '/auth/x',
      '/stomp',
      '/health/live',
      '/assets/gone-abc.js',
      '/%2e%2e/package.json',
    ]) {
      const { status, text } = await of(dist).get(url).set('Accept', 'text/html');
      expect(status, url).to.equal(404);
      expect(text).not.to.include('client');
    }
    expect((await of(dist).get('/page').set('Accept', 'application/json')).status).to.equal(404);
    expect((await of(dist).post('/page')).status).to.equal(404);
  });

  it('are missed in plain words', async () => {
    const { status, text } = await of(path.join(dist, 'nothing')).get('/').set('Accept', 'text/html');
    expect(status).to.equal(503);
    expect(text).to.match(/^The web client is not built here\./);
  });
});
