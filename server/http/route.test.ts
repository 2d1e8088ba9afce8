import { expect } from 'chai';
import express from 'express';
import pino from 'pino';
import request from 'supertest';
import { z } from 'zod';
import { ParleyError } from '../errors.ts';
import type { Identity } from '../people/access-token.ts';
import { openApiDocument, openApiOf } from './open-api.ts';
import { type Route, type RouterOptions, route, routerOf } from './route.ts';

const times = { issuedAt: 0, expiresAt: 0 };
const ann: Identity = { userId: 'ann', clientId: 'c', scope: 'chat', tokenId: 't', grantId: undefined, ...times };
const thing = z.object({ id: z.string(), size: z.int() }).meta({ id: 'Thing' });

const rows = [
  route({
    method: 'get',
    path: '/things/{id}',
    summary: 'One thing',
    params: z.object({ id: z.string() }),
    query: z.object({ size: z.coerce.number().default(1) }),
    response: thing,
    handle: async ({ params, query }) => ({ id: params.id, size: query.size, password: 'secret' }),
  }),
  route({
    method: 'post',
    path: '/things',
    summary: 'Make a thing',
    status: 201,
    body: z.strictObject({ id: z.string() }),
    response: z.object({ by: z.string() }),
    handle: async ({ identity }) => ({ by: identity.userId }),
  }),
  route({ method: 'delete', path: '/things', summary: 'Remove all', handle: async () => {} }),
  route({
    method: 'get',
    path: '/broken',
    summary: 'Breaks its promise',
    response: thing,
    handle: async () => ({ id: 'a', size: 1.5 }),
  }),
  route({
    method: 'get',
    path: '/defect',
    summary: 'Throws',
    response: thing,
    handle: async () => {
      throw new Error('the secret reason');
    },
  }),
];

describe('a table of calls', () => {
  const logged: string[] = [];
  const agent = (table: readonly Route[] = rows, more: Partial<RouterOptions> = {}) => {
    const log = pino({ level: 'error' }, { write: (line: string) => logged.push(line) });
    return request(
      express().use('/api', routerOf(table, { log, identify: async () => ann, bodyLimit: '1kb', ...more })),
    );
  };
  beforeEach(() => logged.splice(0));

  it('answers with what the row promises, and with nothing else', async () => {
    const { body, status } = await agent().get('/api/things/x?size=7');
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ id: 'x', size: 7 });
  });

  it('takes who asks from the token, whatever the body says', async () => {
    const { body, status } = await agent().post('/api/things').send({ id: 'x' });
    expect([status, body]).to.deep.equal([201, { by: 'ann' }]);
    const refused = await agent()
      .post('/api/things')
      .send({ id: 'x', identity: { userId: 'ben' } });
    expect(refused.body.code).to.equal('request-invalid');
  });

  it('reads no body for a stranger', async () => {
    const identify = async () => {
      throw new ParleyError('token-missing');
    };
    const { body } = await agent(rows, { identify }).post('/api/things').type('json').send('{broken');
    expect(body.code).to.equal('token-missing');
    expect((await agent().post('/api/things').type('json').send('{broken')).body.code).to.equal('body-not-json');
  });

  it('answers 204 where the row has nothing to say', async () => {
    const { status, text } = await agent().delete('/api/things');
    expect([status, text]).to.deep.equal([204, '']);
  });

  it('says 405 with Allow at a known path, 404 elsewhere', async () => {
    const wrong = await agent().patch('/api/things');
    expect([wrong.status, wrong.headers.allow]).to.deep.equal([405, 'POST, DELETE']);
    expect((await agent().get('/api/nothing')).status).to.equal(404);
  });

  for (const path of ['broken', 'defect']) {
    it(`logs a defect with its stack and shows none of it (${path})`, async () => {
      const { body, status, text } = await agent().get(`/api/${path}?q=private`);
      expect([status, body.code]).to.deep.equal([500, 'internal']);
      expect(text).not.to.include('secret');
      expect(logged).to.have.length(1);
      expect(logged[0]).to.include('"stack"').and.to.include(`"/api/${path}"`).and.not.to.include('private');
    });
  }

  it('documents itself, names shared and numbers plain', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument([openApiOf(rows, '/api', 'things')], '1', 'http://x')));
    const get = document.paths['/api/things/{id}'].get;
    expect(get.parameters).to.deep.equal([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'size', in: 'query', required: false, schema: { type: 'number', default: 1 } },
    ]);
    expect(get.responses['200'].content['application/json'].schema).to.deep.equal({
      $ref: '#/components/schemas/Thing',
    });
    expect(document.components.schemas.Thing.properties.size).to.deep.equal({ type: 'integer' });
    expect(document.paths['/api/things']).to.have.all.keys('post', 'delete');
  });

  it('does not take two different schemas of one name', () => {
    const other = route({
      method: 'get',
      path: '/other',
      summary: '',
      response: z.object({ other: z.string() }).meta({ id: 'Thing2' }),
      handle: async () => ({ other: '' }),
    });
    const part = openApiOf([other], '/api', 'x');
    const renamed = { paths: {}, schemas: { Thing: part.schemas.Thing2 } };
    expect(() => openApiDocument([openApiOf(rows, '/api', 'x'), renamed], '1', 'http://x')).to.throw('named Thing');
  });
});
