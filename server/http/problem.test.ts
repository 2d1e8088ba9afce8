import { expect } from 'chai';
import { z } from 'zod';
import { ParleyError } from '../errors.ts';
import { problemOf, RequestInvalid } from './problem.ts';

describe('problem documents', () => {
  it('carry code, status and the sentence of the table', () => {
    expect(problemOf(new ParleyError('no-such-user'))).to.deep.equal({
      type: '/api/problems#no-such-user',
      title: 'There is no such user.',
      status: 404,
      code: 'no-such-user',
    });
  });

  it('say in `detail` what was special', () => {
    expect(problemOf(new ParleyError('conflict', 'The name is taken.'))).to.include({ detail: 'The name is taken.' });
  });

  it('name the part and the path that were wrong', () => {
    const { error } = z.object({ a: z.array(z.int()) }).safeParse({ a: [1, 'x'] });
    const problem = problemOf(RequestInvalid.of(error as z.ZodError, 'body'));
    expect(problem).to.include({ status: 400, code: 'request-invalid' });
    expect(problem?.errors?.map(({ path }) => path)).to.deep.equal(['body.a.1']);
    expect(problemOf(error)?.errors?.map(({ path }) => path)).to.deep.equal(['a.1']);
  });

  it('stand for what the body parser throws', () => {
    const code = (error: object) => problemOf(Object.assign(new Error('secret'), error))?.code;
    expect(code({ type: 'entity.parse.failed', status: 400 })).to.equal('body-not-json');
    expect(code({ type: 'entity.too.large', status: 413 })).to.equal('too-large');
    expect(code({ type: 'charset.unsupported', status: 415 })).to.equal('request-invalid');
    expect(code({ status: 500 })).to.equal(undefined);
  });

  it('are not made of defects', () => {
    for (const error of [new Error('secret'), 'secret', undefined, null, { message: 'secret' }]) {
      expect(problemOf(error)).to.equal(undefined);
    }
  });
});
