import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import type { Context } from '../context.ts';
import { type Failing, health } from './health.ts';

describe('/health', () => {
  interface Parts {
    readonly up?: boolean;
    readonly select?: () => Promise<unknown>;
    readonly failing?: Failing;
  }
  const of = ({ up = true, select = async () => [], failing = () => undefined }: Parts = {}) => {
    const context = { db: { $queryRaw: select }, broker: { up } } as unknown as Context;
    return request(express().use('/health', health(context, failing)));
  };
  const refuse = () => Promise.reject(new Error('away'));

  it('ready: 200 when all is well, 503 that names the first part that is not', async () => {
    const cases = [
      [of(), 200, undefined],
      [of({ select: refuse, up: false }), 503, 'Not available: database.'],
      [of({ up: false, failing: () => 'worker' }), 503, 'Not available: broker.'],
      [of({ failing: async () => 'worker' }), 503, 'Not available: worker.'],
    ] as const;
    for (const [agent, status, detail] of cases) {
      const answer = await agent.get('/health/ready');
      expect([answer.status, answer.body.detail]).to.deep.equal([status, detail]);
      expect(answer.headers['cache-control']).to.equal('no-store');
    }
  });

  it('ready: does not wait for ever for a database that is silent', async () => {
    const answer = await of({ select: () => new Promise(() => {}) }).get('/health/ready');
    expect(answer.body.detail).to.equal('Not available: database.');
  });

  it('live: whatever else is not', async () => {
    expect((await of({ select: refuse, up: false, failing: () => 'worker' }).get('/health/live')).status).to.equal(200);
  });
});
