import { expect } from 'chai';
import { z } from 'zod';
import { ParleyError } from '../errors.ts';
import { at, packCursor, pageOfRows, unpackCursor, word } from './cursor.ts';

const shape = z.tuple([at, word]);
const key = ['2026-01-02T03:04:05.678Z', 'an id'];

describe('a cursor', () => {
  it('gives back what was packed', () => {
    expect(unpackCursor(packCursor(key), shape)).to.deep.equal(key);
  });

  it('is refused when it is not one of this list', () => {
    const forged = [
      '',
      'x',
      `${packCursor(key)}=`,
      packCursor(['yesterday', 'an id']),
      packCursor(['2026-01-02T03:04:05.678Z']),
      packCursor([...key, 'more']),
      packCursor([key[0] as string, 'a\0b']),
      Buffer.from('{"0":1}').toString('base64url'),
      Buffer.from('["2026-01-02T03:04:05.678Z",7]').toString('base64url'),
    ];
    for (const cursor of forged) {
      expect(() => unpackCursor(cursor, shape), cursor)
        .to.throw(ParleyError)
        .with.property('code', 'request-invalid');
    }
  });
});

describe('a page of rows', () => {
  const keyOf = (row: string) => [row];

  it('has a next one only where a row is left', () => {
    expect(pageOfRows(['a', 'b', 'c'], 2, keyOf)).to.deep.equal({ rows: ['a', 'b'], next: packCursor(['b']) });
    expect(pageOfRows(['a', 'b'], 2, keyOf)).to.deep.equal({ rows: ['a', 'b'], next: null });
    expect(pageOfRows([], 2, keyOf)).to.deep.equal({ rows: [], next: null });
  });
});
